using System.Runtime.Serialization;
using System.Text.Json;
using Akka.Actor;
using Akka.Event;
using Akka.Serialization;
using EdgeActors.Admission;
using EdgeActors.Answers;
using EdgeActors.Health;
using EdgeActors.Operator.Syntax;

namespace EdgeActors.Cluster;

/// <summary>Messages between nodes as JSON. Only these types are deserialized; the sender cannot name others.</summary>
public sealed class ClusterSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>Part of the wire format. Akka reserves 0 to 40.</summary>
    public const int Id = 3110;

    // Rates and their addresses are tuples.
    private static readonly JsonSerializerOptions Options = new()
    {
        IncludeFields = true, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true,
    };

    /// <summary>By the manifest.</summary>
    internal static readonly IReadOnlyDictionary<string, Type> Types = new Type[]
    {
        typeof(ShardQuery), typeof(ShardAnswer), typeof(HotRates), typeof(ClusterProbe), typeof(YieldToLarger),
        typeof(HealthReport), typeof(NodeOrder), typeof(OrderAnswer),
    }.ToDictionary(static type => type.Name);

    public override int Identifier => Id;

    public override string Manifest(object o) => o?.GetType().Name ?? "";

    public override byte[] ToBinary(object obj) => JsonSerializer.SerializeToUtf8Bytes(obj, obj?.GetType() ?? typeof(object), Options);

    public override object FromBinary(byte[] bytes, string manifest)
    {
        try
        {
            if (Types.TryGetValue(manifest, out var type) && JsonSerializer.Deserialize(bytes, type, Options) is { } message
                && IsWithinBounds(message))
                return message;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            // Remoting logs SerializationException and goes on; any other exception ends the association.
            throw new SerializationException(e.Message, e);
        }
        throw new SerializationException($"{bytes?.Length} bytes are no message '{manifest}'");
    }

    private static bool IsWithinBounds(object message) => message switch
    {
        ShardQuery query => query is { From: >= 0, Most: >= 0 },
        HealthReport report => report.Servers.Count <= PeerReport.MaxServers,
        NodeOrder order => order.Words.Count <= OperatorParser.MaxWords,
        OrderAnswer answer => answer.Text.Length <= OrderAnswer.MostAtOnce,
        HotRates hot => hot.Rates.Count <= HotRates.MostAtOnce,
        _ => true,
    };
}

/// <summary>To a seed outside the cluster: the answer tells which of two clusters yields.</summary>
/// <param name="Members">Nodes of the sender's cluster; 0: none.</param>
/// <param name="Lowest">The lowest member address, <c>host:port</c>; empty: none.</param>
public sealed record ClusterProbe(int Members, string Lowest);

/// <summary>To the members of a cluster that yields: leave it and join the other one.</summary>
public sealed record YieldToLarger;

/// <summary>The sender's view of its servers, sent every second.</summary>
public sealed record HealthReport(IReadOnlyList<ServerEvidence> Servers) : IDeadLetterSuppression;

/// <summary>An operator's command, forwarded by another node.</summary>
/// <param name="Id">Returned in every <see cref="OrderAnswer"/>.</param>
/// <param name="Access">The operator's rights on the forwarding node.</param>
public sealed record NodeOrder(uint Id, Access Access, IReadOnlyList<string> Words) : IDeadLetterSuppression;

/// <summary>A piece of the answer to a command. The first one is empty and confirms the command.</summary>
/// <param name="Text">UTF-8 lines of <see cref="Answers.TypedAnswers"/>, split at any byte.</param>
public sealed record OrderAnswer(uint Id, bool IsLast, ReadOnlyMemory<byte> Text) : IDeadLetterSuppression
{
    /// <summary>Bytes per piece: large messages delay others.</summary>
    public const int MostAtOnce = 60_000;
}
