using System.Net;
using System.Net.Sockets;
using EdgeActors.Tests.Protocol;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.EndToEnd;

/// <summary>Several servers, and what clients get to see of it.</summary>
public sealed class PoolSpecs
{
    private const string Name = "web.test";
    private static readonly byte[] Hello = HelloBytes.ForName(Name);

    public static TheoryData<string> Transports => ["auto", "sockets"];

    internal static Task<EdgeUnderTest> Start(string backend, string transport = "auto") => EdgeUnderTest.Start($$"""
        edge {
          listeners { https { bind = "127.0.0.1:0", rate-limit = off } }
          routes { "{{Name}}" = web }
          backends { web { proxy-protocol = off, health { enabled = off }, {{backend}} } }
          transport { kind = {{transport}} }
        }
        """);

    /// <summary>Says one byte, and stays until the client leaves.</summary>
    internal static OddServer Greeter() => OddServer.That(Greet);

    private static async Task Greet(Socket socket)
    {
        await socket.SendAsync(new byte[1]);
        var buffer = new byte[4096];
        while (await socket.ReceiveAsync(buffer) > 0)
        {
        }
    }

    internal static async Task<Socket> Ask(EdgeUnderTest edge)
    {
        var socket = await Client.Connect(edge.EndPoint);
        await socket.SendAsync(Hello);
        return socket;
    }

    internal static async Task<bool> IsGreeted(Socket socket) =>
        await socket.ReceiveAsync(new byte[1]).WaitAsync(Eventually.Deadline) == 1;

    private static Task<LogLine> Closed(EdgeUnderTest edge, Socket client) => edge.Closed(client.LocalEndPoint!);

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Clients_wait_before_a_full_server_and_are_served_in_turn(string transport)
    {
        using var server = Greeter();
        await using var edge = await Start(
            $"servers = [\"{server.EndPoint}\"], maxconn = 1, queue {{ max = 2, timeout = 60s }}", transport);
        using var first = await Ask(edge);
        Assert.True(await IsGreeted(first));
        using var second = await Ask(edge);
        await Waiting(edge, 1);
        using var third = await Ask(edge);
        await Waiting(edge, 2);
        using var late = await Ask(edge);
        var refused = await Closed(edge, late);
        Assert.Equal(("QUEUE_FULL", "SQ"), (refused["reason"], refused["ts"]));

        first.Dispose();
        Assert.True(await IsGreeted(second));
        Assert.Equal(0, third.Available);
        second.Dispose();
        Assert.True(await IsGreeted(third));
        third.Dispose();
        await edge.ShouldHoldNothing();
        await Waiting(edge, 0);
    }

    [Theory]
    [InlineData("auto", false)]
    [InlineData("auto", true)]
    [InlineData("sockets", false)]
    [InlineData("sockets", true)]
    public async Task A_client_that_leaves_the_queue_is_seen_to_leave(string transport, bool reset)
    {
        using var server = Greeter();
        await using var edge = await Start($"servers = [\"{server.EndPoint}\"], maxconn = 1, queue {{ timeout = 60s }}", transport);
        using var first = await Ask(edge);
        Assert.True(await IsGreeted(first));
        var leaver = await Ask(edge);
        var self = leaver.LocalEndPoint!;
        await Waiting(edge, 1);
        if (reset)
            leaver.LingerState = new LingerOption(true, 0);
        leaver.Dispose();
        var line = await edge.Closed(self);
        Assert.Equal(("CLIENT_GONE_QUEUED", "CQ", "web/<NOSRV>"), (line["reason"], line["ts"], line["server"]));
        await Waiting(edge, 0);
        first.Dispose();
        await edge.ShouldHoldNothing();
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_client_waits_no_longer_than_it_is_allowed_to(string transport)
    {
        using var server = Greeter();
        await using var edge = await Start($"servers = [\"{server.EndPoint}\"], maxconn = 1, queue {{ timeout = 300ms }}", transport);
        using var first = await Ask(edge);
        Assert.True(await IsGreeted(first));
        using var second = await Ask(edge);
        var line = await Closed(edge, second);
        Assert.Equal(("QUEUE_TIMEOUT", "sQ"), (line["reason"], line["ts"]));
        // Timers have a clock of their own, some milliseconds coarse.
        Assert.InRange(long.Parse(line["total_ms"]), 280, 60_000);
        Assert.Equal(0, await Client.ReadToEnd(second));
        first.Dispose();
        await edge.ShouldHoldNothing();
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Servers_may_have_IPv6_addresses(string transport)
    {
        using var listener = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        listener.Listen(128);
        var serving = Serve(listener);
        await using var edge = await Start(
            $"servers = [\"{listener.LocalEndPoint}\"], health {{ enabled = on, initial = down, interval = 2s, timeout = 2s, fast-interval = 50ms }}", transport);
        await edge.Log.WaitFor("is UP: 2 of 2 checks succeeded");
        using var client = await Ask(edge);
        Assert.True(await IsGreeted(client));
        client.Dispose();
        await edge.ShouldHoldNothing();
        listener.Dispose();
        await serving;
    }

    private static async Task Serve(Socket listener)
    {
        try
        {
            while (true)
                _ = One(await listener.AcceptAsync()).ContinueWith(static greeted => _ = greeted.Exception, TaskScheduler.Default);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }

        // Closed, and not when the collector comes by: Edge waits for the end of it.
        static async Task One(Socket socket)
        {
            using (socket)
                await Greet(socket);
        }
    }

    private static Task Waiting(EdgeUnderTest edge, int count)
    {
        var queue = edge.Node.State.Routes.Current.Backends.Single().Queue;
        return Eventually.True(() => queue.Count == count, () => $"{queue.Count} connections wait\n{edge.Log.Text}");
    }
}
