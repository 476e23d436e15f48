using EdgeActors.Operate;
using EdgeActors.Operate.Answers;

namespace EdgeActors.Cluster.Doors;

/// <summary>To <see cref="ClusterGate.Peers"/>, which answers with an <see cref="IReadOnlyList{T}"/> of <see cref="Answer"/>: have another node do this.</summary>
/// <param name="Address">As <see cref="ClusterMember.Address"/>.</param>
internal sealed record PassOn(string Address, IReadOnlyList<string> Words, Access Access)
{
    /// <summary>Between two pieces of an answer, once the node has said that it is at it. A node may take its time to leave.</summary>
    public static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(60);

    /// <summary>For all of it.</summary>
    public static readonly TimeSpan Patience = AnswerPatience + TimeSpan.FromSeconds(10);
}
