using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using EdgeActors.Tests.Protocol;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.EndToEnd;

/// <summary>At the limits that the system sets, clients wait or are told; nothing runs out, and nobody is killed.</summary>
[Collection(Heavy.Name)]
public sealed class ResourceSpecs : IAsyncLifetime
{
    private const int Mi = 1 << 20;

    private readonly TestFolder _folder = new();
    private readonly List<Socket> _clients = [];
    private readonly TaskCompletionSource _over = new();
    private readonly OddServer _server;
    private readonly ITestOutputHelper _output;

    public ResourceSpecs(ITestOutputHelper output)
    {
        _output = output;
        _server = OddServer.That(Serve);
    }

    private async Task Serve(Socket socket)
    {
        // Says a letter; then reads everything, or nothing any more.
        var buffer = new byte[64 * 1024];
        var got = await socket.ReceiveAsync(buffer);
        await socket.SendAsync(new byte[1]);
        if (Hello.AsSpan().SequenceEqual(buffer.AsSpan(0, Math.Min(got, Hello.Length))))
        {
            while (await socket.ReceiveAsync(buffer) > 0)
            {
            }
            return;
        }
        await _over.Task;
    }

    private static byte[] Hello { get; } = HelloBytes.ForName("reads.test");

    private static byte[] Blocking { get; } = HelloBytes.ForName("blocks.test");

    private string Control => _folder.File("ctl.sock");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        _over.SetResult();
        _clients.ForEach(static client => client.Dispose());
        _server.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [RequiresToolFact("prlimit")]
    public async Task With_few_descriptors_fewer_connections_are_held_and_the_rest_wait()
    {
        const int Limit = 1000;
        await using var edge = new BackgroundProcess(
            Tool.Locate("prlimit"), [$"--nofile={Limit}:{Limit}", .. EdgeProcess.Command("run", "-c", Config(""))]);
        var at = await EdgeProcess.Listening(edge);
        // What is open at the start differs by build and machine; the rest follows from it.
        var warning = await Eventually.Get(
            () => edge.Out.Lines.FirstOrDefault(static line => line.Contains(" others)", StringComparison.Ordinal)), () => edge.Out.Text);
        var others = int.Parse(Regex.Match(warning, @"(\d+) others\)").Groups[1].Value, CultureInfo.InvariantCulture);
        var wanted = others + 2 * (4096 + 1024 + 1024);
        var held = (Limit - others) / 4;
        var extras = ((Limit - others) / 2 - held) / 2;
        Assert.InRange(held, 50, Limit / 4);
        Assert.EndsWith(
            $"{Limit} open files are allowed and {wanted} could be needed (2 a connection, 2 a pipe, 2 of each silent-drop.max, {others} others), "
            + $"so limits.max-connections is {held} in place of 4096, transport.max-pipes {extras} in place of 1024, "
            + $"silent-drop.max {extras} in place of 1024; raise the limit (LimitNOFILE=, --ulimit nofile=, ulimit -n) to {wanted}",
            warning,
            StringComparison.Ordinal);
        var status = await Status();
        Assert.Equal((held, Limit), (status.GetProperty("max_connections").GetInt32(), status.GetProperty("max_open_files").GetInt32()));

        for (var i = 0; i < held; i++)
            _clients.Add(await Joined(at));
        // Bulk on all of them, for which pipes are wanted.
        await Task.WhenAll(_clients.Select(static client => Fill(client, Mi)));
        var waiting = new List<Socket>();
        for (var i = 0; i < 10; i++)
        {
            waiting.Add(await Client.Connect(at));
            await waiting[i].SendAsync(Hello);
        }
        _clients.AddRange(waiting);
        await Eventually.True(
            () => Status().GetAwaiter().GetResult().GetProperty("accept_pauses").GetInt64() > 0, static () => "accepting does not pause");
        Assert.Equal(held, (await Status()).GetProperty("connections").GetInt32());
        Assert.All(waiting, static client => Assert.Equal(0, client.Available));
        Assert.InRange(Directory.GetFileSystemEntries($"/proc/{edge.Id}/fd").Length, 2 * held, Limit);

        // Each that leaves makes room for one.
        for (var i = 0; i < waiting.Count; i++)
            _clients[i].Dispose();
        foreach (var client in waiting)
            await Read(client);
        Assert.DoesNotContain(
            edge.Out.Lines,
            static line =>
                line.Contains("TooManyOpenSockets", StringComparison.Ordinal) || line.Contains("LOCAL_RESOURCE", StringComparison.Ordinal));
        Assert.DoesNotContain(edge.Out.Lines, static line => line.Contains("MEMORY", StringComparison.Ordinal));
    }

    [RequiresMemoryGroupFact]
    public async Task In_256_MiB_as_many_connections_as_usual_are_held_and_the_next_one_waits()
    {
        const int Held = 4096, WithBytes = 512;
        await using var group = new MemoryGroup(256 * Mi);
        // The clients whose server does not read would be reset.
        await using var edge = group.Start(EdgeProcess.Command("run", "-c", Config("", "limits.pinned-memory = off")));
        var at = await EdgeProcess.Listening(edge);
        foreach (var some in Enumerable.Range(0, Held).Chunk(64))
            _clients.AddRange(await Task.WhenAll(some.Select(i => Joined(at, i < WithBytes ? Blocking : Hello))));
        var idle = group.Used;
        // Sent until nothing more goes: what the buffers on the way hold, pipes included.
        var sent = await Task.WhenAll(_clients.Take(WithBytes).Select(static client => Fill(client, 16 * Mi)));
        _output.WriteLine(
            $"{Held} connections: {idle / Mi} MiB idle, {group.Used / Mi} MiB with {sent.Sum() / Mi} MiB on their way on {WithBytes} of them, at most {group.Peak / Mi}");

        using var next = await Client.Connect(at);
        await next.SendAsync(Hello);
        await Eventually.True(
            () => Status().GetAwaiter().GetResult().GetProperty("accept_pauses").GetInt64() > 0, static () => "accepting does not pause");
        var status = await Status();
        Assert.Equal((Held, 256L * Mi), (status.GetProperty("connections").GetInt32(), status.GetProperty("memory_limit").GetInt64()));
        Assert.Equal(0, next.Available);
        Assert.Equal(0, group.Kills);
        Assert.False(edge.HasExited);

        _clients[^1].Dispose();
        await Read(next);
    }

    [RequiresMemoryGroupFact]
    public async Task Near_the_limit_of_memory_new_clients_are_told_and_those_that_are_here_stay()
    {
        await using var group = new MemoryGroup(512 * Mi);
        await using var edge = group.Start(EdgeProcess.Command("run", "-c", Config("", "limits.memory = 60%")));
        var at = await EdgeProcess.Listening(edge);
        using var held = await Joined(at);

        // As if something had eaten it up: what is in use is more than 60 percent all of a sudden. Not of more, or the kernel itself runs
        // short and takes the program's own pages from it.
        var use = (await Status()).GetProperty("memory_in_use").GetDouble() / 100 * 512 * Mi;
        group.Limit((long)(use / 0.68));
        await edge.Out.WaitFor("new connections are refused (MEMORY)");
        using var refused = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        refused.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var self = refused.LocalEndPoint!;
        // The reset may be there before connect(2) is, or before anything is sent.
        var told = await Assert.ThrowsAsync<SocketException>(async () =>
        {
            await refused.ConnectAsync(at);
            await refused.SendAsync(Hello);
            await refused.ReceiveAsync(new byte[1]);
        });
        Assert.Contains(told.SocketErrorCode, new[] { SocketError.ConnectionReset, SocketError.Shutdown });
        var line = new LogLine(await edge.Out.WaitFor(line => LogLine.Is(line, "CLOSE", self), "a CLOSE"));
        Assert.Equal(("MEMORY", "RR"), (line["reason"], line["ts"]));
        await held.SendAsync(new byte[1]);

        group.Limit(512 * Mi);
        await edge.Out.WaitFor("new connections are accepted again");
        using var accepted = await Joined(at);
        Assert.Equal(0, group.Kills);
    }

    private static async Task<Socket> Joined(IPEndPoint at, byte[]? hello = null)
    {
        var client = await Client.Connect(at);
        await client.SendAsync(hello ?? Hello);
        await Read(client);
        return client;
    }

    private static async Task Read(Socket client)
    {
        using var deadline = new CancellationTokenSource(2 * Eventually.Deadline);
        Assert.Equal(1, await client.ReceiveAsync(new byte[1], deadline.Token));
    }

    /// <summary>Sends that many bytes, or as many as go within a second.</summary>
    private static async Task<long> Fill(Socket client, int bytes)
    {
        var buffer = new byte[64 * 1024];
        var sent = 0L;
        try
        {
            while (sent < bytes)
            {
                using var late = new CancellationTokenSource(TimeSpan.FromSeconds(1));
                sent += await client.SendAsync(buffer, late.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // No more fit in.
        }
        return sent;
    }

    private async Task<JsonElement> Status()
    {
        var asked = (await EdgeProcess.Run("ctl", "--socket", Control, "--json", "status")).ShouldSucceed();
        return JsonDocument.Parse(asked.Out).RootElement.Clone();
    }

    private string Config(string transport, string more = "") => _folder.Write("edge.conf", $$"""
        edge {
          listeners { https { bind = "127.0.0.1:0", rate-limit = off } }
          routes { "*" = web }
          backends { web { servers = ["{{_server.EndPoint}}"], proxy-protocol = off, health { enabled = off } } }
          transport { reactors = 1, {{transport}} }
          control.socket = "{{Control}}"
          log.connections = on
          {{more}}
        }
        """);
}
