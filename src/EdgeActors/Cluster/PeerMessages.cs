using Akka.Event;
using EdgeActors.Cluster.Health;
using EdgeActors.Operate;

namespace EdgeActors.Cluster;

/// <summary>What the sender has seen of its servers: every second, so one that is lost does no harm.</summary>
public sealed record HealthReport(IReadOnlyList<ServerEvidence> Servers) : IClusterMessage, IDeadLetterSuppression;

/// <summary>An operator's order from another node's door.</summary>
/// <param name="Id">Comes back in every <see cref="OrderAnswer"/>.</param>
/// <param name="Access">What the one who gave it may do there, and so here.</param>
public sealed record NodeOrder(uint Id, Access Access, IReadOnlyList<string> Words) : IClusterMessage, IDeadLetterSuppression;

/// <summary>A piece of what comes of an order. The first one is empty and says that the node is at it.</summary>
/// <param name="IsLast">It is complete.</param>
/// <param name="Text">Of answers as <see cref="Operate.Answers.TypedAnswers"/> writes them, a line each, in UTF-8; cut anywhere.</param>
public sealed record OrderAnswer(uint Id, bool IsLast, ReadOnlyMemory<byte> Text) : IClusterMessage, IDeadLetterSuppression
{
    /// <summary>Bytes of one piece: a frame holds 128,000, and others wait behind it.</summary>
    public const int MostAtOnce = 60_000;
}
