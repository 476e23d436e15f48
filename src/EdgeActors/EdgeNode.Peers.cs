using Akka.Actor;
using EdgeActors.Cluster;
using EdgeActors.Cluster.Doors;
using EdgeActors.Cluster.Health;
using EdgeActors.Operate;
using EdgeActors.Operate.Answers;

namespace EdgeActors;

/// <summary>What a node has of the other nodes of its cluster: advice about servers, and a way for operators to reach them.</summary>
public sealed partial class EdgeNode
{
    /// <summary>A node reports every second, so one of which there was nothing that long is gone or cannot be reached.</summary>
    private static readonly TimeSpan ReportsExpire = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan OrderPatience = EdgeActors.Cluster.Doors.PassOn.Patience;

    private PeerHealth? _peers;

    /// <summary>What they see of the servers; empty where there are none.</summary>
    public PeerHealth Peers => LazyInitializer.EnsureInitialized(ref _peers, () => new PeerHealth(ReportsExpire, _time));

    /// <summary>Takes orders to other nodes; null: there are none.</summary>
    public IClusterDoor? ClusterDoor { get; internal set; }

    private PeerAdvice Advice => new(Peers, _started.Cluster.ShortensFall);

    private void MeetPeers()
    {
        Gateway.Node = new NodePeer(Checks, Peers, Operator);
        ClusterDoor = new ClusterDoor(() => Gateway.Picture, Operator, PassOn);
    }

    private async Task<IReadOnlyList<Answer>> PassOn(string address, IReadOnlyList<string> words, Access access)
    {
        try
        {
            if (Gateway.Peers is { } peers)
                return await peers.Ask<IReadOnlyList<Answer>>(new PassOn(address, words, access), OrderPatience).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            // Its end has come meanwhile.
        }
        return [new ErrorAnswer(ErrorKind.Failed, "this node's part of the cluster has ended, and begins anew")];
    }
}
