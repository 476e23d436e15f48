using EdgeActors.Answers;

namespace EdgeActors.Cluster.Commands;

/// <summary>Passes orders on to the operators of other nodes, this one's own included where it is meant.</summary>
public interface IClusterCommands
{
    /// <summary>How long a node has for its answer.</summary>
    static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    /// <param name="words">That make sense; a node that does not know them says so.</param>
    /// <returns>In the order of the nodes' names, this node's first; a node that does not answer in time has an error in place of its answer.</returns>
    Task<IReadOnlyList<NodeAnswer>> Run(ClusterWords words, Access access, CancellationToken cancel);
}
