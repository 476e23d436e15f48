using System.Collections.Frozen;
using System.Net;

namespace EdgeActors.Health;

/// <summary>
/// What the other nodes see of the servers. It is advice: this node's own checks decide, and with nothing here they decide as ever. Any
/// thread reads without a lock. A node that has said nothing for <paramref name="expiry"/> is not counted.
/// </summary>
public sealed class PeerHealth(TimeSpan expiry, TimeProvider time)
{
    /// <summary>Nodes whose reports are kept; a cluster has fewer.</summary>
    public const int MaxNodes = 32;

    private readonly Lock _lock = new();
    private Peer[] _peers = [];

    /// <summary>Those that have reported lately.</summary>
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

    /// <summary>The node has left: what it saw counts no more.</summary>
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
            if (!IsFresh(peer) || !peer.Servers.TryGetValue((backend, server), out var seen) || seen.Address != PeerReport.AddressOf(address))
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
