using Akka.Actor;
using EdgeActors.Admission;
using EdgeActors.Answers;
using EdgeActors.Cluster.Commands;
using EdgeActors.Health;
using EdgeActors.Routing;

namespace EdgeActors.Cluster;

/// <summary>Connects the node's actor system with the cluster's, if there is one. Outlives every cluster system. Thread-safe.</summary>
public sealed class ClusterGateway
{
    private IActorRef? _rateProxy;
    private IActorRef? _peers;
    private ClusterPicture _picture = ClusterPicture.Off;
    private long _local;
    private long _remote;
    private long _alone;

    /// <summary>Takes this node's rate queries; null: no cluster, this node decides alone.</summary>
    public IActorRef? RateProxy
    {
        get => Volatile.Read(ref _rateProxy);
        internal set => Volatile.Write(ref _rateProxy, value);
    }

    /// <summary>Takes messages for other nodes; null: no cluster.</summary>
    public IActorRef? Peers
    {
        get => Volatile.Read(ref _peers);
        internal set => Volatile.Write(ref _peers, value);
    }

    public NodePeer? Node { get; internal set; }

    public ClusterPicture Picture
    {
        get => Volatile.Read(ref _picture);
        internal set => Volatile.Write(ref _picture, value);
    }

    /// <summary>Connections decided by an entity of this node.</summary>
    public long DecidedLocally => Interlocked.Read(ref _local);

    /// <summary>Connections decided by another node's entity.</summary>
    public long DecidedRemotely => Interlocked.Read(ref _remote);

    /// <summary>Connections decided by this node's own table.</summary>
    public long DecidedAlone => Interlocked.Read(ref _alone);

    /// <summary>Runs a command on another node.</summary>
    internal async Task<IReadOnlyList<Answer>> Forward(string address, IReadOnlyList<string> words, Access access)
    {
        try
        {
            if (Peers is { } peers)
                return await peers.Ask<IReadOnlyList<Answer>>(new ForwardOrder(address, words, access), ForwardOrder.Timeout)
                    .ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            // The cluster's actor system has ended.
        }
        return [new ErrorAnswer(ErrorKind.Failed, "this node's part of the cluster has ended, and begins anew")];
    }

    internal void Count(bool remote) => Interlocked.Increment(ref remote ? ref _remote : ref _local);

    internal void CountAlone() => Interlocked.Increment(ref _alone);
}

/// <param name="Peers">Takes the reports of other nodes.</param>
/// <param name="Operator">Carries out commands of other nodes.</param>
public sealed record NodePeer(RouteState Routes, PeerHealth Peers, IOperator Operator);

/// <summary>State of this node's cluster system.</summary>
public enum ClusterState
{
    /// <summary>Not configured, or left by an operator's command.</summary>
    Off,

    /// <summary>The last actor system has ended, and the next one has not started.</summary>
    Waiting,

    /// <summary>Runs, and is not a member yet.</summary>
    Joining,

    Up,

    /// <summary>Hands its shards over before it ends.</summary>
    Leaving,
}

/// <param name="Address"><c>host:port</c> on the private network.</param>
/// <param name="Status">As Akka.Cluster calls it: Joining, Up, Leaving ...</param>
/// <param name="IsReachable">As seen by this node and the others.</param>
public sealed record ClusterMember(string Address, string Name, string Status, bool IsReachable, bool IsSelf);

/// <summary>The cluster as this node sees it, at one moment. Immutable.</summary>
/// <param name="Incarnation">Number of this process's cluster system, from 1; 0: none yet.</param>
/// <param name="Members">By address; empty while this node is not a member.</param>
/// <param name="ShardsHere">Rate-limit entities that run on this node.</param>
/// <param name="LastEnd">Why the previous cluster system has ended; null: there was none.</param>
public sealed record ClusterPicture(
    ClusterState State, int Incarnation, IReadOnlyList<ClusterMember> Members, int ShardsHere, string? LastEnd)
{
    public static ClusterPicture Off { get; } = new(ClusterState.Off, 0, [], 0, null);
}

/// <summary>The limiter of a node in a cluster: forwards each query to the cluster's proxy; without one it answers at once. It runs in
/// the node's actor system, on the connections' thread, and never waits.</summary>
public sealed class RateLimiterFacadeActor(ClusterGateway gateway) : UntypedActor
{
    public static Props Props(ClusterGateway gateway) => Akka.Actor.Props.Create(() => new RateLimiterFacadeActor(gateway));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case RateQuery or RateInspection when gateway.RateProxy is { } proxy:
                proxy.Tell(message, Sender);
                break;
            case RateQuery:
                gateway.CountAlone();
                Sender.Tell(RateAnswer.Alone, ActorRefs.NoSender);
                break;
            case RateInspection:
                // Reports add this node's own table.
                Sender.Tell(new ShardAnswer(0, 0, new TopRates([], null)), ActorRefs.NoSender);
                break;
            default:
                Unhandled(message);
                break;
        }
    }
}
