using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using EdgeActors.Tests.Protocol;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Pair;

/// <summary>Two nodes behind a floating IP and two servers that send back what they get.</summary>
internal sealed class EdgePair : IAsyncDisposable
{
    public const string Name = "web.test", Other = "other.test";
    public const int Port = 8443;

    private const int ServerPort = 9000, OtherPort = 9001;

    /// <summary>A machine that is busy with other things has to start some programs for it.</summary>
    private static readonly TimeSpan s_deadline = 2 * Eventually.Deadline;

    private readonly TestFolder _folder = new();
    private readonly List<NamespaceEcho> _servers = [];
    private readonly List<Socket> _clients = [];

    private EdgePair(PairNetwork network, Func<string, string> more, bool seesAddress)
    {
        Network = network;
        // keepalived's check runs as nobody.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_folder.Path, (UnixFileMode)0b111_101_101);
        A = new PairNode(network, _folder, "a", Config(more("a")), seesAddress);
        B = new PairNode(network, _folder, "b", Config(more("b")), seesAddress);
    }

    public PairNetwork Network { get; }

    public PairNode A { get; }

    public PairNode B { get; }

    public PairNode[] Nodes => [A, B];

    /// <summary>Two nodes, each ready, one of which has the address.</summary>
    /// <param name="more">By a node's name: what else is in its section edge. Null: nothing, so that neither knows of the other.</param>
    /// <param name="seesAddress">Else nodes know of the address by notify.sh alone.</param>
    public static async Task<EdgePair> Start(Func<string, string>? more = null, bool seesAddress = true)
    {
        var pair = new EdgePair(await PairNetwork.Create(), more ?? (static _ => ""), seesAddress);
        try
        {
            foreach (var server in PairNetwork.Servers)
                pair._servers.Add(new NamespaceEcho(pair.Network.ServerPlace, new IPEndPoint(server, ServerPort)));
            pair._servers.Add(pair.StartOther());
            await Task.WhenAll(pair.Nodes.Select(static node => node.StartEdge()));
            foreach (var node in pair.Nodes)
                await node.StartKeepalived();
            await pair.Active();
            return pair;
        }
        catch
        {
            await pair.DisposeAsync();
            throw;
        }
    }

    private static string Config(string more) => $$"""
        routes { "{{Name}}" = web, "{{Other}}" = other }
        backends {
          web { servers = [{{string.Join(", ", PairNetwork.Servers.Select(static server => $"\"{server}:{ServerPort}\""))}}] }
          other { servers = ["{{PairNetwork.Servers[0]}}:{{OtherPort}}"] }
        }
        backend-defaults { proxy-protocol = off, health { interval = 500ms, timeout = 500ms, fall = 2, rise = 2 } }
        {{more}}
        """;

    /// <summary>Waits until one node has the address, the other stands by, and both know it.</summary>
    public async Task<(PairNode Active, PairNode Standby)> Active()
    {
        string?[] states = [];
        await Until(
            async () =>
            {
                states = [await A.FloatingIp(), await B.FloatingIp()];
                return states is ["active", "standby"] or ["standby", "active"]
                    && await Network.HasFloatingIp("a") == (states[0] == "active")
                        && await Network.HasFloatingIp("b") == (states[1] == "active");
            },
            () => $"a is {states[0] ?? "not told"}, b is {states[1] ?? "not told"}\n{A.KeepalivedLog}\n{B.KeepalivedLog}\n{A.Edge.Out.Text}\n{B.Edge.Out.Text}");
        return states[0] == "active" ? (A, B) : (B, A);
    }

    /// <summary>As <see cref="Eventually"/>, for conditions that have to be asked for, and not too often: clients are served
    /// meanwhile.</summary>
    public static async Task Until(Func<Task<bool>> condition, Func<string> otherwise, TimeSpan? within = null)
    {
        var since = Stopwatch.GetTimestamp();
        var deadline = within ?? s_deadline;
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(since) > deadline)
                throw new TimeoutException($"not within {deadline.TotalSeconds:F0} s: {otherwise()}");
            await Task.Delay(50);
        }
    }

    /// <summary>The backend of <see cref="Other"/>, which is one server that both nodes see.</summary>
    public NamespaceEcho StartOther() => new(Network.ServerPlace, new IPEndPoint(PairNetwork.Servers[0], OtherPort));

    public void StopOther() => _servers[^1].Dispose();

    /// <summary>Connections through a node by its own address, of addresses that the load has not.</summary>
    public async Task<IReadOnlyList<Socket>> Connect(PairNode node, int count)
    {
        var clients = NetworkNamespaces.In(Network.Client, () => Enumerable.Range(0, count)
            .Select(static _ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }).ToArray());
        _clients.AddRange(clients);
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        foreach (var client in clients)
            await client.ConnectAsync(node.EndPoint, deadline.Token);
        await Exchange(clients, HelloBytes.ForName(Name));
        return clients;
    }

    /// <summary>Each gets back what it sends.</summary>
    public static async Task Exchange(IReadOnlyList<Socket> clients, byte[]? bytes = null)
    {
        bytes ??= new byte[100];
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        foreach (var client in clients)
            await client.SendAsync(bytes);
        foreach (var client in clients)
        {
            for (var got = 0; got < bytes.Length;)
            {
                var n = await client.ReceiveAsync(new byte[bytes.Length - got], deadline.Token);
                Assert.True(n > 0, "a connection was closed");
                got += n;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes)
            await node.DisposeAsync();
        _clients.ForEach(static client => client.Dispose());
        _servers.ForEach(static server => server.Dispose());
        await Network.DisposeAsync();
        _folder.Dispose();
    }
}
