using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using EdgeActors.Tests.Peek;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Upgrade;

/// <summary>One process after the other takes over, and no client sees it.</summary>
[Collection(Heavy.Name)]
public sealed class UpgradeSpecs(ITestOutputHelper output) : IDisposable
{
    private const int ASecond = 200, Upgrades = 6;

    /// <summary>Where the machine has no time for that many a second, fewer come.</summary>
    private const int AtOnce = 100;

    private readonly TestFolder _folder = new();
    private readonly IPEndPoint _listener = Loopback.NextEndPoint(), _plain = Loopback.NextEndPoint(), _admin = Loopback.NextEndPoint(), _health = Loopback.NextEndPoint();
    private readonly OddServer _server = OddServer.That(static async socket =>
    {
        socket.NoDelay = true;
        var buffer = new byte[4096];
        while (await socket.ReceiveAsync(buffer) is var got and > 0)
            await socket.SendAsync(buffer.AsMemory(0, got));
        socket.Shutdown(SocketShutdown.Send);
    });

    private static byte[] Hello { get; } = HelloBytes.ForName("a.test");

    private string Control => _folder.File("ctl.sock");

    public void Dispose()
    {
        _server.Dispose();
        _folder.Dispose();
    }

    /// <summary>From reactors to the same, to fewer, to more, and to the portable transport and back.</summary>
    [Fact]
    public async Task Nobody_is_refused_or_reset_while_processes_take_over_from_each_other_under_load()
    {
        string[] transports = ["reactors = 2", "reactors = 2", "reactors = 1", "reactors = 3", "kind = sockets", "reactors = 2", "reactors = 2"];
        var edge = await Started(transports[0], "one");
        var held = new List<Socket> { await Joined() };
        using var ending = new CancellationTokenSource();
        using var room = new SemaphoreSlim(AtOnce);
        var faults = new ConcurrentQueue<string>();
        var served = 0;
        var load = Task.Run(async () =>
        {
            var running = new List<Task>();
            var since = Stopwatch.GetTimestamp();
            for (var i = 0; !ending.IsCancellationRequested; i++)
            {
                await room.WaitAsync();
                running.Add(Once());
                var due = TimeSpan.FromSeconds((i + 1) / (double)ASecond) - Stopwatch.GetElapsedTime(since);
                if (due > TimeSpan.Zero)
                    await Task.Delay(due);
            }
            await Task.WhenAll(running);
        });
        var plain = Task.Run(async () =>
        {
            while (!ending.IsCancellationRequested)
            {
                try
                {
                    if ((await Http.Get(_health, "/ready")).Status is not HttpStatusCode.OK and var status)
                        faults.Enqueue($"/ready says {status}");
                }
                catch (Exception e)
                {
                    faults.Enqueue($"/ready: {e.Message}");
                }
                await Task.Delay(20);
            }
        });

        var olds = new List<BackgroundProcess>();
        for (var i = 1; i <= Upgrades; i++)
        {
            var old = edge;
            var before = Volatile.Read(ref served);
            edge = await Started(transports[i], $"{i + 1}");
            olds.Add(old);
            await old.Out.WaitFor("has taken over");
            await edge.Out.WaitFor("upgrade: taken over");
            held.Add(await Joined());
            await Eventually.True(() => Volatile.Read(ref served) > before + ASecond / 2 || !faults.IsEmpty, () => "the load stands still");
        }
        await ending.CancelAsync();
        await load;
        await plain;
        output.WriteLine($"{served} connections over {Upgrades} upgrades, {faults.Count} faults");
        Assert.True(faults.IsEmpty, string.Join('\n', faults.Take(20)) + "\n" + edge.Out.Text);

        // Each process still carries what it has, and ends behind the last of it.
        for (var i = 0; i < held.Count; i++)
        {
            await Exchange(held[i], $"still there {i}");
            if (i < olds.Count)
                Assert.False(olds[i].HasExited);
            held[i].Shutdown(SocketShutdown.Send);
            Assert.Equal(0, await Client.ReadToEnd(held[i]));
            held[i].Dispose();
            if (i < olds.Count)
            {
                Assert.Equal(0, await olds[i].Exit());
                Assert.Equal("", olds[i].Err.Text);
                Assert.Contains(olds[i].Out.Lines, static line => line.EndsWith("drained, no connection was cut", StringComparison.Ordinal));
                Assert.DoesNotContain(olds[i].Out.Lines, static line => LogLine.Is(line, "CLOSE") && new LogLine(line)["reason"] != "FINISHED");
                await olds[i].DisposeAsync();
            }
        }
        await edge.DisposeAsync();
        Assert.False(File.Exists(Control));

        async Task Once()
        {
            try
            {
                using var client = await Client.Connect(_listener);
                await client.SendAsync(Hello);
                await Echoed(client, Hello);
                await Exchange(client, "and a word more");
                client.Shutdown(SocketShutdown.Send);
                // A reset would throw.
                Assert.Equal(0, await client.ReceiveAsync(new byte[1]));
                Interlocked.Increment(ref served);
            }
            catch (Exception e)
            {
                faults.Enqueue($"{DateTime.UtcNow:HH:mm:ss.fff} {e.GetType().Name}: {e.Message}");
            }
            finally
            {
                room.Release();
            }
        }
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Doors_of_operators_lead_to_the_new_process_and_both_are_still_told_by_signals()
    {
        await using var old = await Started("", "old");
        using var held = await Joined();
        using var watching = BackgroundWatch();
        await using var edge = await Started("", "new");
        await old.Out.WaitFor("may go on for 1h");

        Assert.Contains($"\"pid\":{edge.Id}", (await EdgeProcess.Run("ctl", "--socket", Control, "--json", "status")).ShouldSucceed().Out);
        (await Http.Get(_admin, "/health")).ShouldBe(HttpStatusCode.OK);
        (await Http.Get(_plain, "/")).ShouldBe(HttpStatusCode.MovedPermanently);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Control));
        Assert.Equal(["ctl.sock", "edge-new.conf", "edge-old.conf", "upgrade.sock"], Names());

        // An order to stop has the old process wait for no longer than it would have without an upgrade.
        await old.Signal("TERM");
        Assert.Equal(0, await old.Exit());
        Assert.Equal(0, await Client.ReadToEnd(held));
        Assert.Equal("DRAINED", new LogLine(old.Out.Lines.Single(static line => LogLine.Is(line, "CLOSE")))["reason"]);
        Assert.Equal(["ctl.sock", "edge-new.conf", "edge-old.conf", "upgrade.sock"], Names());
        (await Joined()).Dispose();
    }

    [Fact]
    public async Task What_was_known_of_servers_and_of_the_floating_IP_is_known_still()
    {
        // Checked so seldom that within this spec the new process finds out nothing by itself.
        const string Checks = "initial = down, interval = 2s, timeout = 2s, fast-interval = 100ms, rise = 2, fall = 1";
        using var up = OddServer.That(static socket => Client.ReadToEnd(socket));
        var down = Loopback.NextEndPoint();
        string Backends(string checks) => $$"""
            web { servers = [{ name = up, address = "{{_server.EndPoint}}" }, { name = down, address = "{{down}}" }, { name = out, address = "{{up.EndPoint}}" }]
                  proxy-protocol = off, health { {{checks}} } }
            """;
        await using var old = await Started("", "old", Backends(Checks), "");
        await old.Out.WaitFor("server web/up");
        await old.Out.WaitFor("server web/out");
        (await EdgeProcess.Run("ctl", "--socket", Control, "server", "web/out", "maint")).ShouldSucceed();
        (await EdgeProcess.Run("ctl", "--socket", Control, "server", "web/up", "weight", "7")).ShouldSucceed();
        (await EdgeProcess.Run("ctl", "--socket", Control, "floating-ip", "active")).ShouldSucceed();

        await using var edge = await Started("", "new", Backends("initial = down, interval = 10m"), "");
        await edge.Out.WaitFor("upgrade: taken over");
        var servers = (await EdgeProcess.Run("ctl", "--socket", Control, "backends", "web")).ShouldSucceed().Out.Split('\n');
        Assert.Matches(@"\bup\b.* UP .*\b7\b", servers.Single(static line => line.Contains(" up ", StringComparison.Ordinal)));
        Assert.Contains(" DOWN ", servers.Single(static line => line.Contains(" down ", StringComparison.Ordinal)));
        Assert.Contains(" MAINT ", servers.Single(static line => line.Contains(" out ", StringComparison.Ordinal)));
        Assert.Contains("\"floating_ip\":\"active\"", (await EdgeProcess.Run("ctl", "--socket", Control, "--json", "floating-ip")).ShouldSucceed().Out);
        Assert.DoesNotContain("floating IP, it goes all the same", old.Out.Text);
        using var client = await Joined();
    }

    [Fact]
    public async Task A_new_process_that_fails_leaves_the_old_one_as_it_was()
    {
        await using var old = await Started("", "old");
        using var held = await Joined();

        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        var failed = await EdgeProcess.Run("run", "-c", Config("", "bad", null, $"admin.bind = \"{taken.LocalEndPoint}\""));
        Assert.Equal(1, failed.ExitCode);
        Assert.Contains("another program listens there already", failed.Err);
        await old.Out.WaitFor("has gone before it was ready, this one goes on");

        await ShouldGoOn(old, held);
    }

    [Fact]
    public async Task A_new_process_that_is_killed_before_it_is_ready_leaves_the_old_one_as_it_was()
    {
        await using var old = await Started("", "old");
        using var held = await Joined();

        // Asks for the sockets as a new process does, and dies with them in its hands.
        using (var killed = new Socket(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified))
        {
            await killed.ConnectAsync(new UnixDomainSocketEndPoint(_folder.File("upgrade.sock")));
            await killed.SendAsync("""{"Kind":"take","Speaks":1,"Pid":4711}"""u8.ToArray());
            Assert.StartsWith("""{"Kind":"socket""", await Said(killed));

            // Meanwhile nobody else may.
            using var second = new Socket(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified);
            await second.ConnectAsync(new UnixDomainSocketEndPoint(_folder.File("upgrade.sock")));
            await second.SendAsync("""{"Kind":"take","Speaks":1}"""u8.ToArray());
            Assert.Contains("another process is taking over already", await Said(second));
        }
        await old.Out.WaitFor("the other process has gone before it was ready, this one goes on");
        await ShouldGoOn(old, held);
    }

    [Fact]
    public async Task A_process_that_speaks_another_version_is_told_so()
    {
        await using var old = await Started("", "old");
        using var other = new Socket(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified);
        await other.ConnectAsync(new UnixDomainSocketEndPoint(_folder.File("upgrade.sock")));
        await other.SendAsync("""{"Kind":"take","Speaks":2}"""u8.ToArray());
        Assert.Contains("it speaks version 1 of this, not 2", await Said(other));
        using var held = await Joined();
        await ShouldGoOn(old, held);
    }

    [RequiresToolFact("setpriv", Root = "another user is tried")]
    public async Task Another_user_is_refused()
    {
        await using var old = await Started("", "old");
        // It gets past the file's mode, not past the kernel's word.
        (await Tool.Run("chmod", "755", _folder.Path)).ShouldSucceed();
        (await Tool.Run("chmod", "666", _folder.File("upgrade.sock"))).ShouldSucceed();
        var config = Config("", "other");
        var failed = await Tool.Run("setpriv", ["--reuid=65534", "--clear-groups", .. EdgeProcess.Command("run", "-c", config)]);
        Assert.Equal(1, failed.ExitCode);
        Assert.Contains("does not hand over: user 65534 may not take over here", failed.Err);
        using var held = await Joined();
        await ShouldGoOn(old, held);
    }

    [Fact]
    public async Task A_file_that_a_dead_process_has_left_is_nobody()
    {
        await using (var dead = await Started("", "dead"))
        {
            await dead.Signal("KILL");
            await dead.Exit();
        }
        Assert.True(File.Exists(_folder.File("upgrade.sock")));
        await using var edge = await Started("", "new");
        using var held = await Joined();
    }

    private async Task ShouldGoOn(BackgroundProcess edge, Socket held)
    {
        await Exchange(held, "as if nothing had been");
        using var another = await Joined();
        await Exchange(another, "for others, too");
        (await Http.Get(_health, "/ready")).ShouldBe(HttpStatusCode.OK);
        (await EdgeProcess.Run("ctl", "--socket", Control, "status")).ShouldSucceed();
        Assert.DoesNotContain(edge.Out.Lines, static line => line.Contains("accepting no more", StringComparison.Ordinal));
        // And the next one is handed over to.
        await using var next = await Started("", "next");
        await edge.Out.WaitFor("has taken over");
    }

    private static async Task<string> Said(Socket socket)
    {
        var buffer = new byte[4096];
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        return System.Text.Encoding.UTF8.GetString(buffer, 0, await socket.ReceiveAsync(buffer, deadline.Token));
    }

    /// <summary>A session of the old process, which stays with it.</summary>
    private Socket BackgroundWatch()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(Control));
        return socket;
    }

    private string[] Names() => [.. Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal)!];

    private async Task<Socket> Joined()
    {
        var client = await Client.Connect(_listener);
        await client.SendAsync(Hello);
        await Echoed(client, Hello);
        return client;
    }

    private static async Task Exchange(Socket client, string words)
    {
        var bytes = System.Text.Encoding.ASCII.GetBytes(words);
        await client.SendAsync(bytes);
        await Echoed(client, bytes);
    }

    private static async Task Echoed(Socket client, byte[] expected)
    {
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        var got = new byte[expected.Length];
        for (var length = 0; length < got.Length;)
        {
            var more = await client.ReceiveAsync(got.AsMemory(length), deadline.Token);
            Assert.True(more > 0, $"the end after {length} of {got.Length} bytes");
            length += more;
        }
        Assert.Equal(expected, got);
    }

    private async Task<BackgroundProcess> Started(string transport, string name, string? backends = null, string? more = null)
    {
        var edge = EdgeProcess.Start("run", "-c", Config(transport, name, backends, more ?? $"admin {{ bind = \"{_admin}\", health-bind = \"{_health}\" }}"));
        await EdgeProcess.Listening(edge);
        await edge.Out.WaitFor(more is null ? "admin on" : "control socket");
        return edge;
    }

    private string Config(string transport, string name, string? backends = null, string more = "") => _folder.Write($"edge-{name}.conf", $$"""
        edge {
          listeners { https { bind = "{{_listener}}", rate-limit = off } }
          routes { "a.test" = web }
          backends { {{backends ?? $"web {{ servers = [\"{_server.EndPoint}\"], proxy-protocol = off, health {{ enabled = off }} }}"}} }
          transport { {{transport}} }
          http-redirect.bind = "{{_plain}}"
          control.socket = "{{Control}}"
          upgrade.socket = "{{_folder.File("upgrade.sock")}}"
          drain-timeout = 100ms
          {{more}}
        }
        """);
}
