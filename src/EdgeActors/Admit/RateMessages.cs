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

    private RateAnswer(bool admitted) => Admitted = admitted;

    public bool Admitted { get; }
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

    public override string EntityId(object message) => message switch
    {
        RateQuery query => Names[query.Address.ShardOf(Shards)],
        RateInspection inspection => Names[inspection.Shard],
        _ => null!,
    };
}
