using EdgeActors.Answers;

namespace EdgeActors.Cluster.Commands;

/// <summary>To <see cref="ClusterGateway.Peers"/>, which answers with an <see cref="IReadOnlyList{T}"/> of <see cref="Answer"/>: have another node do this.</summary>
/// <param name="Address">As <see cref="ClusterMember.Address"/>.</param>
internal sealed record ForwardOrder(string Address, IReadOnlyList<string> Words, Access Access)
{
    /// <summary>Between two pieces of an answer, once the node has said that it is at it. A node may take its time to leave.</summary>
    public static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(60);

    /// <summary>For all of it.</summary>
    public static readonly TimeSpan Timeout = AnswerTimeout + TimeSpan.FromSeconds(10);
}
