using Akka.Event;
using EdgeActors.Answers;
using EdgeActors.Health;

namespace EdgeActors.Cluster;

/// <summary>From a node to one that is in its seeds but not in its cluster: which of the two clusters is to give way?</summary>
/// <param name="Members">Nodes of the sender's cluster; 0: it is in none.</param>
/// <param name="Lowest">The lowest of their addresses, <c>host:port</c>; empty where there is none.</param>
public sealed record ClusterProbe(int Members, string Lowest);

/// <summary>To the members of a cluster that gives way to another one: leave, and join that.</summary>
public sealed record YieldToLarger
{
    public static readonly YieldToLarger Instance = new();
}

/// <summary>What the sender has seen of its servers: every second, so one that is lost does no harm.</summary>
public sealed record HealthReport(IReadOnlyList<ServerEvidence> Servers) : IDeadLetterSuppression;

/// <summary>An operator's order that another node passes on.</summary>
/// <param name="Id">Comes back in every <see cref="OrderAnswer"/>.</param>
/// <param name="Access">What the one who gave it may do there, and so here.</param>
public sealed record NodeOrder(uint Id, Access Access, IReadOnlyList<string> Words) : IDeadLetterSuppression;

/// <summary>A piece of what comes of an order. The first one is empty and says that the node is at it.</summary>
/// <param name="IsLast">It is complete.</param>
/// <param name="Text">Of answers as <see cref="Answers.TypedAnswers"/> writes them, a line each, in UTF-8; cut anywhere.</param>
public sealed record OrderAnswer(uint Id, bool IsLast, ReadOnlyMemory<byte> Text) : IDeadLetterSuppression
{
    /// <summary>Bytes of one piece, as others wait behind it.</summary>
    public const int MostAtOnce = 60_000;
}
