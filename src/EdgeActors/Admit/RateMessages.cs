using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Event;

namespace EdgeActors.Admit;

/// <summary>One more connection from this address; may it come in? Answered to the sender with a <see cref="RateAnswer"/>.</summary>
/// <param name="Listener">Index of the listener, each of which has a limit of its own.</param>
public sealed record RateQuery(int Listener, AddressKey Address);

/// <summary>A connection that has ended meanwhile does not miss it.</summary>
public sealed record RateAnswer : IDeadLetterSuppression
{
    public static readonly RateAnswer Yes = new(true);
    public static readonly RateAnswer No = new(false);

    /// <summary>From an entity that several nodes share. What this node has seen of the client is counted here as well, so that something is
    /// known when that entity is lost.</summary>
    public static readonly RateAnswer SharedYes = new(true) { CountsHere = true };

    public static readonly RateAnswer SharedNo = new(false) { CountsHere = true };

    /// <summary>From a shared entity that has begun a short while ago, and may not know of everything that counts: yes, unless this node's own
    /// count is over the limit.</summary>
    public static readonly RateAnswer YoungYes = new(true) { CountsHere = true, IsYoung = true };

    /// <summary>There is nobody to ask: this node's own count decides.</summary>
    public static readonly RateAnswer Alone = new(true) { CountsHere = true, IsYoung = true };

    private RateAnswer(bool admitted) => Admitted = admitted;

    public bool Admitted { get; }

    /// <summary>Whether the connection is counted in this node's own table, too.</summary>
    public bool CountsHere { get; private init; }

    /// <summary>Whether that table's word is needed besides.</summary>
    public bool IsYoung { get; private init; }
}

/// <summary>
/// Which entity counts an address: one entity a shard, so that an address costs a table row and not an actor. Every node computes the
/// same shard for the same address.
/// </summary>
public sealed class RateLimitExtractor : HashCodeMessageExtractor
{
    public const int Shards = 64;

    private static readonly string[] Names =
        [.. Enumerable.Range(0, Shards).Select(n => n.ToString(System.Globalization.CultureInfo.InvariantCulture))];

    public RateLimitExtractor() : base(Shards)
    {
    }

    /// <summary>What a shard, and the entity in it, is called.</summary>
    internal static string NameOf(int shard) => Names[shard];

    public override string EntityId(object message) => message switch
    {
        RateQuery query => Names[query.Address.ShardOf(Shards)],
        RateInspection inspection => Names[inspection.Shard],
        _ => null!,
    };
}
