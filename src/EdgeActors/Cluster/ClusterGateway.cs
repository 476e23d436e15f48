using Akka.Actor;
using EdgeActors.Answers;
using EdgeActors.Cluster.Commands;

namespace EdgeActors.Cluster;

/// <summary>
/// Between the node's actor system and that of the cluster, which may be there or not: whom to ask, and what has come of it. Belongs to the
/// node and outlives every system of the cluster. For any thread.
/// </summary>
public sealed class ClusterGateway
{
    private IActorRef? _desk;
    private IActorRef? _peers;
    private ClusterPicture _picture = ClusterPicture.Off;
    private long _local;
    private long _remote;
    private long _alone;

    /// <summary>Takes the questions of this node; null: there is no cluster, and this node decides alone.</summary>
    public IActorRef? RateProxy
    {
        get => Volatile.Read(ref _desk);
        internal set => Volatile.Write(ref _desk, value);
    }

    /// <summary>Takes what is for other nodes; null: there is no cluster.</summary>
    public IActorRef? Peers
    {
        get => Volatile.Read(ref _peers);
        internal set => Volatile.Write(ref _peers, value);
    }

    /// <summary>The node itself; null where it has no part in this.</summary>
    public NodePeer? Node { get; internal set; }

    public ClusterPicture Picture
    {
        get => Volatile.Read(ref _picture);
        internal set => Volatile.Write(ref _picture, value);
    }

    /// <summary>Connections that an entity of this node has decided.</summary>
    public long DecidedLocally => Interlocked.Read(ref _local);

    /// <summary>Connections that another node's entity has decided.</summary>
    public long DecidedRemotely => Interlocked.Read(ref _remote);

    /// <summary>Connections that this node's own table has decided, as nobody else could.</summary>
    public long DecidedAlone => Interlocked.Read(ref _alone);

    /// <summary>Has another node do what the words say.</summary>
    internal async Task<IReadOnlyList<Answer>> Forward(string address, IReadOnlyList<string> words, Access access)
    {
        try
        {
            if (Peers is { } peers)
                return await peers.Ask<IReadOnlyList<Answer>>(new ForwardOrder(address, words, access), ForwardOrder.Timeout).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            // The cluster's actor system has ended meanwhile.
        }
        return [new ErrorAnswer(ErrorKind.Failed, "this node's part of the cluster has ended, and begins anew")];
    }

    internal void Count(bool remote) => Interlocked.Increment(ref remote ? ref _remote : ref _local);

    internal void CountAlone() => Interlocked.Increment(ref _alone);
}
