using System.Collections.Frozen;
using System.Net;
using EdgeActors.Routing;
using EdgeActors.Settings;

namespace EdgeActors.Health;

/// <summary>Findings of other nodes: advice for this node's own checks. Any thread reads without a lock. Reports older than
/// <paramref name="expiry"/> do not count.</summary>
public sealed class PeerHealth(TimeSpan expiry, TimeProvider time)
{
    /// <summary>Nodes whose reports are kept, at most.</summary>
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
            // A node's report replaces its previous one; the newest reports are kept.
            Volatile.Write(ref _peers, [.. Fresh().Where(other => other.Node != report.Node).TakeLast(MaxNodes - 1), peer]);
        }
    }

    public void Forget(string node)
    {
        lock (_lock)
            Volatile.Write(ref _peers, [.. Fresh().Where(peer => peer.Node != node)]);
    }

    /// <param name="address">The server's address on this node; a node with another address for it does not count.</param>
    public PeerOpinion Of(string backend, string server, EndPoint address)
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

/// <summary>Nodes that see a server up, and nodes that see it down. Nodes that do not know are not counted.</summary>
public readonly record struct PeerOpinion(int Up, int Down)
{
    public bool IsUp => Up > 0;

    public bool IsDown => Down > 0 && Up == 0;

    /// <summary>Null: no node knows the server.</summary>
    public string? Words => Up + Down == 0 ? null : $"up on {Up} of {Up + Down}";
}

/// <summary>One node's findings on one server, by its own checks.</summary>
/// <param name="Address">The same name at another address is another server.</param>
/// <param name="Since">Time of the last change; null: no change since start.</param>
/// <param name="InARow">Consecutive checks with the last outcome.</param>
public sealed record ServerEvidence(string Backend, string Server, string Address, bool Up, DateTimeOffset? Since, int InARow);

/// <summary>One node's findings on all servers, at one moment.</summary>
/// <param name="Node">Its address in the cluster.</param>
public sealed record PeerReport(string Node, IReadOnlyList<ServerEvidence> Servers)
{
    /// <summary>Servers in a report at most, to keep it below the size limit of a message.</summary>
    public const int MaxServers = 1000;

    /// <summary>Leaves out unchecked servers: their state is the configured one and no evidence.</summary>
    public static PeerReport Of(string node, RouteSnapshot routes) => new(
        node,
        [
            .. (from pool in routes.Backends
                from server in pool.Servers
                let health = server.State.Health
                // The same path on another machine is another server.
                where health is { InARow: > 0 } && server.EndPoint is not UnixEndPoint
                select new ServerEvidence(pool.Name, server.Name, $"{server.EndPoint}", health.Up, health.Since, health.InARow))
                .Take(MaxServers),
        ]);
}

/// <summary>Other nodes' findings can make one own check decide. Without an own check they change nothing: a node goes on using a
/// server that it reaches.</summary>
/// <param name="shortensFall">Whether the first failed check takes down a server that others see down.</param>
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
        // Only before the first change on this node: a server that went down here must also rise by this node's checks.
        return opinion.IsUp && health.Since is null ? health.PassOnNext(backend.Health) : null;
    }
}

/// <summary>Signs of a fault in this node's own network: no server of a backend is up here, while another node sees one up.</summary>
public static class LocalFaults
{
    /// <returns>If no server of the backend is up here: the servers that others see up; else none.</returns>
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

    public static bool Disagrees(bool upHere, PeerOpinion elsewhere) => !upHere && elsewhere.IsUp;
}
