using System.Net;
using System.Net.Sockets;
using EdgeActors.Tests.Protocol;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.EndToEnd;

/// <summary>What clients behind a router hear of a silent drop, over both families: nothing, as tcpdump sees it on their side.</summary>
public sealed class SilentDropSpecs : IAsyncLifetime
{
    /// <summary>Of each family.</summary>
    private const int Limit = 50, Over = 200;
    private const int Port = 8443;

    /// <summary>Nobody listens there.</summary>
    private const int ClosedPort = 9;
    private const string FromEdge = "tcp and (src host 10.77.1.2 or src host fd77:2::2)";
    private const string ResetOfTtl1 =
        "(ip[8] = 1 and tcp[tcpflags] & tcp-rst != 0) or (ip6[7] = 1 and ip6[6] = 6 and ip6[53] & 4 != 0)";

    private const string OneSocket = "\"*:8443\"", TwoSockets = "[\"0.0.0.0:8443\", \"[::]:8443\"]";

    private static readonly byte[] Hello = HelloBytes.ForName("web.test");
    private static readonly byte[] More = new byte[3000];

    private readonly TestFolder _folder = new();
    private readonly List<Socket> _clients = [];
    private NetworkNamespaces _network = null!;
    private NamespaceEcho _server = null!;

    public async ValueTask InitializeAsync()
    {
        _network = await NetworkNamespaces.Create();
        _server = new NamespaceEcho(_network.Edge);
    }

    public async ValueTask DisposeAsync()
    {
        _clients.ForEach(static client => client.Dispose());
        _server.Dispose();
        _folder.Dispose();
        await _network.DisposeAsync();
    }

    [RequiresNamespacesTheory]
    [InlineData("epoll", OneSocket, "off", false)]
    [InlineData("epoll", TwoSockets, "on", true)]
    [InlineData("sockets", OneSocket, "off", false)]
    public async Task Clients_over_the_limit_hear_nothing_whatever_they_send(
        string transport, string bind, string deferAccept, bool netAdmin)
    {
        await using var capture = await Capture.Start(_network.Client, "v0", FromEdge);
        await using var edge = await Edge(bind, netAdmin, $"transport {{ kind = {transport}, defer-accept = {deferAccept} }}");
        var served = await Serve();
        using var enough = new CancellationTokenSource();
        var serving = KeepServing(served, enough.Token);

        var over = NewClients(Over);
        await Task.WhenAll(over.Select((client, i) => Connect(client, says: i % 2 == 0 ? Hello : [])));
        await AllDropped(edge);
        var ends = over.Select(static client => (IPEndPoint)client.LocalEndPoint!).ToList();
        for (var i = 0; i < over.Count; i++)
        {
            if (i % 2 == 1)
                await over[i].SendAsync(Hello);
            await over[i].SendAsync(More);
        }
        // Half of them end their side, half of those in earnest.
        foreach (var client in over.Where(static (_, i) => i % 4 >= 2))
            client.Shutdown(SocketShutdown.Send);
        foreach (var client in over.Where(static (_, i) => i % 8 >= 6))
            client.Dispose();
        // Epoll lets go of those that have ended. The others are held: the default is 30 s.
        await HeldOpen(edge, 2 * Limit + (transport == "epoll" ? over.Count / 2 : over.Count));

        foreach (var client in over.Where(static (_, i) => i % 8 < 6))
            Client.ShouldHaveHeardNothing(client, notEvenAReset: true);
        await enough.CancelAsync();
        Assert.True(await serving > 0, "those within the limit were served meanwhile");
        foreach (var client in served)
        {
            client.Shutdown(SocketShutdown.Send);
            Assert.Equal(0, await Client.ReadToEnd(client));
        }
        await SeeEverything(capture);
        var heard = Heard(capture);
        ShouldHaveHeardNothing(heard, ends);
        // The counter-proof: a FIN is seen where there is one.
        Assert.All(served, client => Assert.Contains(heard[(IPEndPoint)client.LocalEndPoint!], static s => s.IsFin));
    }

    [RequiresNamespacesTheory]
    [InlineData(OneSocket, false)]
    [InlineData(TwoSockets, false)]
    [InlineData(OneSocket, true)]
    public async Task The_end_of_the_hold_is_not_heard_behind_a_router(string bind, bool netAdmin)
    {
        await using var capture = await Capture.Start(_network.Client, "v0", FromEdge);
        await using var firstHop = await Capture.Start(_network.Router, "v1", ResetOfTtl1);
        // Long enough for a client on a busy machine to say its hello before it is over.
        await using var edge = await Edge(bind, netAdmin, "silent-drop { hold = 3s }");
        var served = await Serve();
        var over = NewClients(Over);
        await Task.WhenAll(over.Select((client, i) => Connect(client, says: i % 2 == 0 ? Hello : [])));
        await AllDropped(edge);
        await HeldOpen(edge, 2 * Limit);

        await Exchange(served);
        await SeeEverything(capture);
        ShouldHaveHeardNothing(Heard(capture), over.Select(static client => (IPEndPoint)client.LocalEndPoint!));
        Assert.All(over, static client => Client.ShouldHaveHeardNothing(client, notEvenAReset: true));

        // Without the capability each of them was sent a reset, and the router has thrown it away. With it there was none.
        var resets = netAdmin ? 0 : over.Count;
        await Eventually.True(
            () => firstHop.Segments.Count() >= resets, () => $"the router has seen {firstHop.Segments.Count()} resets of TTL 1");
        await firstHop.Stop();
        Assert.Equal(resets, firstHop.Segments.Select(static s => s.To).Distinct().Count());
    }

    [RequiresNamespacesTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_a_hold_a_late_hello_is_reset(bool netAdmin)
    {
        // What the hold is for, and the proof that the specs above would see a reset.
        await using var capture = await Capture.Start(_network.Client, "v0", FromEdge);
        await using var edge = await Edge(OneSocket, netAdmin, "silent-drop { max = 0, kernel = off }");
        await Serve();
        var over = NewClients(Over);
        await Task.WhenAll(over.Select(static client => Connect(client, says: [])));
        await AllDropped(edge);
        await HeldOpen(edge, 2 * Limit);
        foreach (var client in over)
            await client.SendAsync(Hello);
        await SeeEverything(capture);
        var heard = Heard(capture);
        Assert.All(over, client => Assert.Contains(heard[(IPEndPoint)client.LocalEndPoint!], static s => s.IsReset));
    }

    private static ILookup<IPEndPoint, Segment> Heard(Capture capture) =>
        capture.Segments.Where(static s => s.From.Port == Port).ToLookup(static s => s.To);

    private static void ShouldHaveHeardNothing(ILookup<IPEndPoint, Segment> heard, IEnumerable<IPEndPoint> clients)
    {
        Assert.All(clients, client =>
        {
            // SYN and ACK at least.
            Assert.NotEmpty(heard[client]);
            Assert.DoesNotContain(heard[client], static s => s.IsReset || s.IsFin);
        });
    }

    /// <summary>Ends the capture behind a reset that is known to come: whatever Edge sent before is in it, and resets can be
    /// seen.</summary>
    private async Task SeeEverything(Capture capture)
    {
        foreach (var (address, client) in new[] { NetworkNamespaces.EdgeV4, NetworkNamespaces.EdgeV6 }.Zip(NewClients(1)))
        {
            var closed = new IPEndPoint(address, ClosedPort);
            await Assert.ThrowsAsync<SocketException>(() => client.ConnectAsync(closed));
            await Eventually.True(
                () => capture.Segments.Any(s => s.From.Equals(closed) && s.IsReset), () => "the reset of a closed port is not seen");
        }
        await capture.Stop();
    }

    private async Task<BackgroundProcess> Edge(string bind, bool netAdmin, string settings)
    {
        var config = _folder.Write("edge.conf", $$"""
            edge {
              listeners { https { bind = {{bind}}, rate-limit { limit = {{Limit}}, per = 10m, expire = 20m } } }
              routes { "web.test" = web }
              backends { web { servers = ["{{_server.EndPoint}}"], proxy-protocol = off, health { enabled = off } } }
              # A machine that is busy with other things must not let anyone in for want of an answer.
              admission-timeout = 30s
              {{settings}}
            }
            """);
        string[] drop = netAdmin ? [] : ["setpriv", "--bounding-set=-net_admin"];
        var edge = NetworkNamespaces.Start(_network.Edge, [.. drop, .. EdgeProcess.Command("run", "-c", config)]);
        try
        {
            await EdgeProcess.Listening(edge);
            return edge;
        }
        catch
        {
            await edge.DisposeAsync();
            throw;
        }
    }

    /// <summary>Uses up the limit of both families.</summary>
    private async Task<IReadOnlyList<Socket>> Serve()
    {
        var served = NewClients(Limit);
        await Task.WhenAll(served.Select(static async client =>
        {
            await Connect(client, Hello);
            await ReadBack(client, Hello.Length);
        }));
        return served;
    }

    /// <returns>How often each of them had something echoed.</returns>
    private static async Task<int> KeepServing(IReadOnlyList<Socket> clients, CancellationToken enough)
    {
        var rounds = 0;
        while (!enough.IsCancellationRequested)
        {
            await Exchange(clients);
            rounds++;
            await Task.Delay(20, CancellationToken.None);
        }
        return rounds;
    }

    private static async Task Exchange(IReadOnlyList<Socket> clients)
    {
        foreach (var client in clients)
            await client.SendAsync(new byte[100]);
        foreach (var client in clients)
            await ReadBack(client, 100);
    }

    private static async Task ReadBack(Socket client, int count)
    {
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        var buffer = new byte[count];
        while (count > 0)
        {
            var got = await client.ReceiveAsync(buffer.AsMemory(0, count), deadline.Token);
            Assert.True(got > 0, "a client within the limit was cut off");
            count -= got;
        }
    }

    private static async Task Connect(Socket client, byte[] says)
    {
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        var edge = client.AddressFamily == AddressFamily.InterNetwork ? NetworkNamespaces.EdgeV4 : NetworkNamespaces.EdgeV6;
        await client.ConnectAsync(new IPEndPoint(edge, Port), deadline.Token);
        if (says.Length > 0)
            await client.SendAsync(says);
    }

    /// <summary>So many of each family, IPv4 first.</summary>
    private List<Socket> NewClients(int each)
    {
        var clients = NetworkNamespaces.In(_network.Client, () => Enumerable.Range(0, 2 * each)
            .Select(
                i =>
                    new Socket(
                        i < each ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6,
                        SocketType.Stream,
                        ProtocolType.Tcp) { NoDelay = true })
            .ToList());
        _clients.AddRange(clients);
        return clients;
    }

    private static async Task AllDropped(BackgroundProcess edge)
    {
        int Closed() => edge.Out.Lines.Count(static line => LogLine.Is(line, "CLOSE"));
        await Eventually.True(() => Closed() == 2 * Over, () => $"{Closed()} of {2 * Over} connections were dropped:\n{edge.Out.Text}");
        Assert.All(
            edge.Out.Lines.Where(static line => LogLine.Is(line, "CLOSE")),
            static line => Assert.Equal("RATE_LIMITED", new LogLine(line)["reason"]));
    }

    /// <summary>Waits until Edge has so many sockets of clients.</summary>
    private static Task HeldOpen(BackgroundProcess edge, int wanted) =>
        Eventually.True(() => Open(edge) == wanted, () => $"{Open(edge)} sockets are open, not {wanted}");

    /// <summary>Established (01) or closed by the client (08), as proc(5) lists the sockets of the process's network namespace.</summary>
    private static int Open(BackgroundProcess edge) => (
        from family in new[] { "tcp", "tcp6" }
        from line in File.ReadLines($"/proc/{edge.Id}/net/{family}")
        let fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        where fields[1].EndsWith($":{Port:X4}", StringComparison.Ordinal) && fields[3] is ("01" or "08")
        select line).Count();
}
