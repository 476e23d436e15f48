using Akka.Event;

namespace EdgeActors.Admit;

/// <summary>From an operator to the entity of one shard. None takes longer than a portion of its table does, as clients wait behind it.</summary>
/// <param name="Shard">0 to <see cref="RateLimitExtractor.Shards"/>, the latter excluded.</param>
public abstract record RateInspection(int Shard)
{
    /// <returns>The answer to the sender.</returns>
    internal abstract object Of(RateTables tables, TimeProvider time);
}

/// <summary>How often has this address come? Answered with a <see cref="RateFound"/>.</summary>
/// <param name="Listener">As in <see cref="RateQuery"/>, and so is <paramref name="Address"/>.</param>
public sealed record FindRate(int Listener, AddressKey Address) : RateInspection(Address.ShardOf(RateLimitExtractor.Shards))
{
    internal override object Of(RateTables tables, TimeProvider time) => new RateFound(tables.Rate(Listener, Address, time));
}

/// <param name="Count">Connections in the window that ends now.</param>
public sealed record RateFound(uint Count) : IDeadLetterSuppression;

/// <summary>Forget this address. Answered with a <see cref="RateForgotten"/>.</summary>
public sealed record ForgetRate(int Listener, AddressKey Address) : RateInspection(Address.ShardOf(RateLimitExtractor.Shards))
{
    internal override object Of(RateTables tables, TimeProvider time) => new RateForgotten(tables.Forget(Listener, Address));
}

/// <param name="WasKnown">It was there to be forgotten.</param>
public sealed record RateForgotten(bool WasKnown) : IDeadLetterSuppression;

/// <summary>Which addresses of the shard have come most often? A portion of its table at a time. Answered with a <see cref="TopRates"/>.</summary>
/// <param name="From">0, then <see cref="TopRates.Next"/> of the answer before.</param>
/// <param name="Most">Addresses in the answer.</param>
public sealed record FindTopRates(int Shard, int Listener, int From, int Most) : RateInspection(Shard)
{
    internal override object Of(RateTables tables, TimeProvider time) => tables.Top(Listener, From, Most, time);
}

/// <param name="Rates">Of this portion, the highest first; those that have not come of late are left out.</param>
/// <param name="Next">Where the next portion begins; null: this was the last.</param>
public sealed record TopRates(IReadOnlyList<(AddressKey Address, uint Count)> Rates, int? Next) : IDeadLetterSuppression;
