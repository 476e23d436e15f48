using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Akka.Actor;
using EdgeHost.Hosting;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Hosting;

/// <summary>What the service manager is told, as its own socket hears it.</summary>
public sealed class ServiceManagerSpecs : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly ConcurrentQueue<string> _heard = new();

    public void Dispose()
    {
        _socket.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_process_tells_that_it_is_ready_reloads_and_stops(bool isAbstract)
    {
        var name = Listen(isAbstract);
        var config = Config();
        await using var edge = Start(config, $"NOTIFY_SOCKET={name}");
        var endPoint = await EdgeProcess.Listening(edge);
        Assert.Equal($"READY=1\nSTATUS=configuration 1, on {endPoint}", await Next());

        var before = Monotonic();
        await edge.Signal("HUP");
        var reloading = (await Next()).Split('\n');
        Assert.Equal("RELOADING=1", reloading[0]);
        Assert.Equal("MONOTONIC_USEC", reloading[1].Split('=')[0]);
        Assert.InRange(long.Parse(reloading[1].Split('=')[1], CultureInfo.InvariantCulture), before, Monotonic());
        Assert.Equal($"READY=1\nSTATUS=configuration 2, on {endPoint}", await Next());

        // A reload that is refused is over, too.
        File.WriteAllText(config, "nonsense");
        await edge.Signal("HUP");
        Assert.StartsWith("RELOADING=1\n", await Next());
        Assert.Equal($"READY=1\nSTATUS=configuration 2, on {endPoint}", await Next());

        await edge.Signal("TERM");
        Assert.Equal("STOPPING=1\nSTATUS=draining", await Next());
        Assert.Equal(0, await edge.Exit());
        Assert.Empty(_heard);
    }

    [Fact]
    public async Task A_process_that_does_not_start_is_not_ready()
    {
        var name = Listen(isAbstract: true);
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        taken.Listen();
        await using var edge = Start(Config($"{taken.LocalEndPoint}"), $"NOTIFY_SOCKET={name}");
        Assert.Equal(1, await edge.Exit());
        Assert.DoesNotContain(_heard, static heard => heard.Contains("READY", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Signs_of_life_come_twice_as_often_as_asked_for()
    {
        var name = Listen(isAbstract: true);
        // From its start on, as what is heard here may have been said a while ago.
        var since = Stopwatch.GetTimestamp();
        await using var edge = Start(Config(), $"NOTIFY_SOCKET={name}", "WATCHDOG_USEC=1000000");
        Assert.StartsWith("READY=1", await Next());
        for (var i = 0; i < 9; i++)
            Assert.Equal("WATCHDOG=1", await Next());
        // The first one at once, and eight more within eight halves of a second, on a machine that has the time.
        Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.FromSeconds(3.9), Eventually.Deadline);
    }

    [Fact]
    public async Task No_sign_of_life_comes_where_there_is_none()
    {
        var lives = false;
        var asked = 0;
        var name = Listen(isAbstract: true);
        await using var service = new ServiceManager(variable => variable switch
        {
            "NOTIFY_SOCKET" => name,
            "WATCHDOG_USEC" => "20000",
            _ => null,
        });
        Assert.Equal(TimeSpan.FromMilliseconds(20), service.Watchdog);
        service.Watch(patience =>
        {
            Assert.Equal(TimeSpan.FromMilliseconds(5), patience);
            Interlocked.Increment(ref asked);
            return Task.FromResult(Volatile.Read(ref lives));
        });
        await Eventually.True(() => Volatile.Read(ref asked) > 5, () => "nobody asks");
        Assert.Empty(_heard);
        Volatile.Write(ref lives, true);
        Assert.Equal("WATCHDOG=1", await Next());
    }

    [Theory]
    [InlineData("4711", false)]
    [InlineData("", true)]
    [InlineData(null, true)]
    public async Task A_watchdog_may_be_another_process_s(string? pid, bool expected)
    {
        await using var service = new ServiceManager(variable => variable switch
        {
            "NOTIFY_SOCKET" => "@nobody",
            "WATCHDOG_USEC" => "1000000",
            _ => pid,
        });
        Assert.Equal(expected, service.Watchdog is not null);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("@")]
    [InlineData("vsock:2:1234")]
    [InlineData("/nowhere/notify.sock")]
    public async Task Without_a_socket_to_tell_nothing_happens(string? name)
    {
        await using var service = new ServiceManager(variable => variable == "NOTIFY_SOCKET" ? name : null);
        service.Ready("fine");
        service.Reloading();
        service.Stopping("fine");
        Assert.Null(service.Watchdog);
    }

    /// <summary>What a sign of life is given for: actors and threads that answer.</summary>
    [Fact]
    public async Task A_node_answers_as_long_as_each_of_its_actors_and_threads_does()
    {
        await using var edge = await EdgeUnderTest.Start(File.ReadAllText(Config()));
        Assert.True(await edge.Node.State.Answers(Eventually.Deadline));
        edge.Node.State.Actors.Health.Tell(PoisonPill.Instance);
        var since = Stopwatch.GetTimestamp();
        while (await edge.Node.State.Answers(TimeSpan.FromSeconds(1)))
            Assert.True(Stopwatch.GetElapsedTime(since) < Eventually.Deadline, "it answers for an actor that has gone");
    }

    private static long Monotonic() => (long)(Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1e6));

    private static BackgroundProcess Start(string config, params IEnumerable<string> environment) =>
        new(Tool.Locate("env"), [.. environment, .. EdgeProcess.Command("run", "-c", config)]);

    /// <returns>What NOTIFY_SOCKET is to say.</returns>
    private string Listen(bool isAbstract)
    {
        var name = isAbstract ? $"edge-test-{Guid.NewGuid()}" : _folder.File("notify.sock");
        _socket.Bind(new UnixDomainSocketEndPoint(isAbstract ? $"\0{name}" : name));
        _ = Hear();
        return isAbstract ? $"@{name}" : name;
    }

    private async Task Hear()
    {
        var buffer = new byte[4096];
        try
        {
            while (true)
                _heard.Enqueue(Encoding.UTF8.GetString(buffer, 0, await _socket.ReceiveAsync(buffer)));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private Task<string> Next() => Eventually.Get(() => _heard.TryDequeue(out var heard) ? heard : null, static () => "nothing was told");

    private string Config(string bind = "127.0.0.1:0") => _folder.Write("edge.conf", $$"""
        edge {
          listeners { https { bind = "{{bind}}" } }
          routes { "a.test" = web }
          backends { web { servers = ["127.0.0.1:9"], health { enabled = off } } }
        }
        """);
}
