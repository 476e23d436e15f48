using System.Collections.Frozen;
using System.Net;
using EdgeActors.Routing;
using EdgeActors.Settings;

namespace EdgeActors.Health;

/// <summary>
/// What the other nodes see of the servers: advice for this node's own checks, which decide. Any thread reads without a lock. A node
/// without a report for <paramref name="expiry"/> is not counted.
/// </summary>
public sealed class PeerHealth(TimeSpan expiry, TimeProvider time)
{
    /// <summary>Nodes whose reports are kept; a cluster has fewer.</summary>
    public const int MaxNodes = 32;

    private readonly Lock _lock = new();
    private Peer[] _peers = [];

    public IReadOnlyList<string> Nodes => [.. Fresh().Select(static peer => peer.Node)];

    public void Apply(PeerReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var peer = new Peer(report.Node, time.GetTimestamp(), ByServer(report.Servers));
        lock (_lock)
        {
            // The newest of so many; a report of a node replaces its last one.
            Volatile.Write(ref _peers, [.. Fresh().Where(other => other.Node != report.Node).TakeLast(MaxNodes - 1), peer]);
        }
    }

    public void Forget(string node)
    {
        lock (_lock)
            Volatile.Write(ref _peers, [.. Fresh().Where(peer => peer.Node != node)]);
    }

    /// <param name="address">Of the server as this node knows it; a node that knows it by another one does not count.</param>
    public PeerOpinion Of(string backend, string server, IPEndPoint address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var (up, down) = (0, 0);
        foreach (var peer in Volatile.Read(ref _peers))
        {
            if (!IsFresh(peer) || !peer.Servers.TryGetValue((backend, server), out var seen) || seen.Address != $"{address}")
                continue;
            if (seen.Up)
                up++;
            else
                down++;
        }
        return new PeerOpinion(up, down);
    }

    private static FrozenDictionary<(string, string), ServerEvidence> ByServer(IReadOnlyList<ServerEvidence> servers)
    {
        var known = new Dictionary<(string, string), ServerEvidence>();
        foreach (var server in servers.Take(PeerReport.MaxServers))
            known[(server.Backend, server.Server)] = server;
        return known.ToFrozenDictionary();
    }

    private IEnumerable<Peer> Fresh() => Volatile.Read(ref _peers).Where(IsFresh);

    private bool IsFresh(Peer peer) => time.GetElapsedTime(peer.ReceivedAt) < expiry;

    private sealed record Peer(string Node, long ReceivedAt, FrozenDictionary<(string Backend, string Server), ServerEvidence> Servers);
}

/// <summary>How many other nodes see a server up, and how many down. Those that do not know are not counted.</summary>
public readonly record struct PeerOpinion(int Up, int Down)
{
    public bool IsUp => Up > 0;

    public bool IsDown => Down > 0 && Up == 0;

    /// <summary>Null: no node knows.</summary>
    public string? Words => Up + Down == 0 ? null : $"up on {Up} of {Up + Down}";
}

/// <summary>What a node has seen of one server, by checks of its own.</summary>
/// <param name="Address">The same name at another address is another server.</param>
/// <param name="Up">As it is to that node.</param>
/// <param name="Since">Of the last change; null: as it started.</param>
/// <param name="InARow">Checks with the outcome of the last one.</param>
public sealed record ServerEvidence(string Backend, string Server, string Address, bool Up, DateTimeOffset? Since, int InARow);

/// <summary>What one node has seen of all servers, at one moment.</summary>
/// <param name="Node">Its address in the cluster.</param>
public sealed record PeerReport(string Node, IReadOnlyList<ServerEvidence> Servers)
{
    /// <summary>Servers of a report, lest one be larger than a message may be.</summary>
    public const int MaxServers = 1000;

    /// <summary>A server that was not checked yet is what the configuration says, which is no evidence: it is left out.</summary>
    public static PeerReport Of(string node, RouteSnapshot routes) => new(
        node,
        [
            .. (from pool in routes.Backends
                from server in pool.Servers
                let health = server.State.Health
                where health is { InARow: > 0 }
                select new ServerEvidence(pool.Name, server.Name, $"{server.EndPoint}", health.Up, health.Since, health.InARow))
                .Take(MaxServers),
        ]);
}

/// <summary>
/// What other nodes see can make one own check decide. Without an own check it changes nothing: a node that reaches a server goes on using
/// it, even when another node reports it down.
/// </summary>
/// <param name="shortensFall">Whether a server that others see down falls at its first failed check.</param>
public sealed class PeerAdvice(PeerHealth peers, bool shortensFall)
{
    /// <returns>The health on which to count this check, so that it changes the server's state; null: no advice.</returns>
    public ServerHealth? Apply(ServerHealth health, BackendSettings backend, ServerModel server, bool passed)
    {
        if (passed == health.Up)
            return null;
        var opinion = peers.Of(backend.Name, server.Name, server.State.EndPoint);
        if (!passed)
            return shortensFall && opinion.IsDown ? health.FailOnNext(backend.Health) : null;
        // As it started, and not taken down since: this node is younger than the others. A server that fell here has to rise here.
        return opinion.IsUp && health.Since is null ? health.PassOnNext(backend.Health) : null;
    }
}

/// <summary>
/// Signs of a fault in this node's own network: a backend without a server that is up here, while another node sees one of them up. A
/// single server that only this node cannot reach is no sign, as the backend still serves.
/// </summary>
public static class LocalFaults
{
    /// <returns>Servers of the backend that others see up, if none of them is up here; else none.</returns>
    public static IReadOnlyList<string> Of(BackendPool pool, PeerHealth peers)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(peers);
        if (pool.IsUsable)
            return [];
        return
        [
            .. from server in pool.Servers
                where server.HasAddress && Disagrees(server.Up, peers.Of(pool.Name, server.Name, server.EndPoint))
                select server.Name,
        ];
    }

    /// <summary>Down here, and up to somebody else.</summary>
    public static bool Disagrees(bool upHere, PeerOpinion elsewhere) => !upHere && elsewhere.IsUp;
}
