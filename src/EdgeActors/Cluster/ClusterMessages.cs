using Akka.Event;
using EdgeActors.Answers;
using EdgeActors.Health;

namespace EdgeActors.Cluster;

/// <summary>To a node that is in the seeds but not in the cluster: the answer tells which of the two clusters yields.</summary>
/// <param name="Members">Nodes of the sender's cluster; 0: it is in none.</param>
/// <param name="Lowest">The lowest of their addresses, <c>host:port</c>; empty where there is none.</param>
public sealed record ClusterProbe(int Members, string Lowest);

/// <summary>To the members of a cluster that yields: leave it and join the other one.</summary>
public sealed record YieldToLarger
{
    public static readonly YieldToLarger Instance = new();
}

/// <summary>The sender's view of its servers, sent every second.</summary>
public sealed record HealthReport(IReadOnlyList<ServerEvidence> Servers) : IDeadLetterSuppression;

/// <summary>An operator's command that another node forwards.</summary>
/// <param name="Id">Comes back in every <see cref="OrderAnswer"/>.</param>
/// <param name="Access">The operator's rights on the node that forwards it.</param>
public sealed record NodeOrder(uint Id, Access Access, IReadOnlyList<string> Words) : IDeadLetterSuppression;

/// <summary>A piece of the answer to a command. The first one is empty and confirms the command.</summary>
/// <param name="Text">Of answers as <see cref="Answers.TypedAnswers"/> writes them, a line each, in UTF-8; cut anywhere.</param>
public sealed record OrderAnswer(uint Id, bool IsLast, ReadOnlyMemory<byte> Text) : IDeadLetterSuppression
{
    /// <summary>Bytes of one piece, as others wait behind it.</summary>
    public const int MostAtOnce = 60_000;
}
