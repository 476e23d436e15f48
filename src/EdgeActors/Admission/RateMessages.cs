using Akka.Cluster.Sharding;
using Akka.Event;
using EdgeActors.Settings;

namespace EdgeActors.Admission;

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

/// <summary>From an operator to the entity of one shard. None takes longer than a portion of its table does, as clients wait behind it.</summary>
/// <param name="Listener">As in <see cref="RateQuery"/>.</param>
/// <param name="Shard">0 to <see cref="RateLimitExtractor.Shards"/>, the latter excluded.</param>
public abstract record RateInspection(int Listener, int Shard)
{
    /// <returns>The answer to the sender.</returns>
    internal abstract object Of(RateTables tables, TimeProvider time);
}

/// <summary>How often has this address come? Answered with a <see cref="RateFound"/>.</summary>
public sealed record FindRate(int Listener, AddressKey Address) : RateInspection(Listener, Address.ShardOf(RateLimitExtractor.Shards))
{
    internal override object Of(RateTables tables, TimeProvider time) => new RateFound(tables.Rate(Listener, Address, time));
}

/// <param name="Count">Connections in the window that ends now.</param>
public sealed record RateFound(uint Count) : IDeadLetterSuppression;

/// <summary>Forget this address. Answered with a <see cref="RateForgotten"/>.</summary>
public sealed record ForgetRate(int Listener, AddressKey Address) : RateInspection(Listener, Address.ShardOf(RateLimitExtractor.Shards))
{
    internal override object Of(RateTables tables, TimeProvider time) => new RateForgotten(tables.Forget(Listener, Address));
}

/// <param name="WasKnown">It was there to be forgotten.</param>
public sealed record RateForgotten(bool WasKnown) : IDeadLetterSuppression;

/// <summary>Which addresses of the shard have come most often? A portion of its table at a time. Answered with a <see cref="TopRates"/>.</summary>
/// <param name="From">0, then <see cref="TopRates.Next"/> of the answer before.</param>
/// <param name="Most">Addresses in the answer.</param>
public sealed record FindTopRates(int Shard, int Listener, int From, int Most) : RateInspection(Listener, Shard)
{
    internal override object Of(RateTables tables, TimeProvider time) => tables.Top(Listener, From, Most, time);
}

/// <param name="Rates">Of this portion, the highest first; those that have not come of late are left out.</param>
/// <param name="Next">Where the next portion begins; null: this was the last.</param>
public sealed record TopRates(IReadOnlyList<(AddressKey Address, uint Count)> Rates, int? Next) : IDeadLetterSuppression;

/// <summary>
/// Which entity counts an address: one entity a shard, so that an address costs a table row and not an actor. Every node computes the
/// same shard for the same address.
/// </summary>
public sealed class RateLimitExtractor : IMessageExtractor
{
    public const int Shards = 64;

    private static readonly string[] Names =
        [.. Enumerable.Range(0, Shards).Select(n => n.ToString(System.Globalization.CultureInfo.InvariantCulture))];

    /// <returns>Null: it is for none, or from a node that counts in other shards.</returns>
    public string? EntityId(object message)
    {
        var shard = message switch
        {
            RateQuery query => query.Address.ShardOf(Shards),
            RateInspection inspection => inspection.Shard,
            ShardQuery query => query.Shard,
            _ => -1,
        };
        return (uint)shard < Shards ? Names[shard] : null;
    }

    public object EntityMessage(object message) => message;

    public string? ShardId(object message) => EntityId(message);

    public string ShardId(string entityId, object? messageHint = null) => entityId;
}
