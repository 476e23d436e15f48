namespace EdgeActors.Cluster;

/// <summary>Where this node's cluster system stands.</summary>
public enum ClusterState
{
    /// <summary>Not configured, or out by an operator's order.</summary>
    Off,

    /// <summary>Between two actor systems: the last one has ended, and the next one waits its turn.</summary>
    Waiting,

    /// <summary>Runs, and is no member yet.</summary>
    Joining,

    Up,

    /// <summary>Hands its shards over before it ends.</summary>
    Leaving,
}

/// <param name="Address"><c>host:port</c> on the private network.</param>
/// <param name="Status">As Akka.Cluster calls it: Joining, Up, Leaving ...</param>
/// <param name="IsReachable">By what this node and the others have seen.</param>
/// <param name="IsSelf">This node.</param>
public sealed record ClusterMember(string Address, string Name, string Status, bool IsReachable, bool IsSelf);

/// <summary>The cluster as this node sees it, at one moment. Immutable.</summary>
/// <param name="Incarnation">Of the cluster's actor system in this process, from 1; 0: there was none.</param>
/// <param name="Members">By address; empty while this node is none.</param>
/// <param name="ShardsHere">Rate-limit entities that run on this node.</param>
/// <param name="LastEnd">Why the system before this one has ended; null: it was the first.</param>
public sealed record ClusterPicture(ClusterState State, int Incarnation, IReadOnlyList<ClusterMember> Members, int ShardsHere, string? LastEnd)
{
    public static ClusterPicture Off { get; } = new(ClusterState.Off, 0, [], 0, null);
}
