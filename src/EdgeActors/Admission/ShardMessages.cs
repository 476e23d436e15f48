using Akka.Event;
using EdgeActors.Settings;

namespace EdgeActors.Admission;

/// <summary>What is wanted of the entity of a shard.</summary>
public enum RateOrder
{
    /// <summary>Count a connection, and say whether it may come in.</summary>
    Admit,

    /// <summary>Say how often the address has come.</summary>
    Find,

    /// <summary>Forget the address.</summary>
    Forget,

    /// <summary>See <see cref="FindTopRates"/>.</summary>
    Top,
}

/// <summary>From the proxy of any node of a cluster to the entity of a shard.</summary>
/// <param name="Id">Comes back in the <see cref="ShardAnswer"/>.</param>
/// <param name="Shard">0 to <see cref="RateLimitExtractor.Shards"/>, the latter excluded.</param>
/// <param name="Listener">By its <see cref="ListenerKey"/>, as numbers are each node's own.</param>
/// <param name="Address">Of <see cref="RateOrder.Top"/> none.</param>
/// <param name="From">As in <see cref="FindTopRates"/>, and so is <paramref name="Most"/>.</param>
public sealed record ShardQuery(uint Id, int Shard, RateOrder Order, uint Listener, AddressKey Address, int From = 0, int Most = 0)
{
    /// <summary>About one address.</summary>
    internal static ShardQuery Of(uint id, RateOrder order, uint listener, AddressKey address) =>
        new(id, address.ShardOf(RateLimitExtractor.Shards), order, listener, address);
}

/// <summary>What the entity says of an <see cref="RateOrder.Admit"/>.</summary>
public enum SharedVerdict : uint
{
    No,
    Yes,

    /// <summary>Yes as far as it knows; it has begun less than two windows ago.</summary>
    YoungYes,

    /// <summary>It has no limit for that listener: its node's configuration is another one.</summary>
    Unknown,
}

/// <param name="Value">A <see cref="SharedVerdict"/>, the count, or 1 for an address that was known.</param>
/// <param name="Top">Of <see cref="RateOrder.Top"/> alone.</param>
public sealed record ShardAnswer(uint Id, uint Value, TopRates? Top = null) : IDeadLetterSuppression;

/// <summary>To the other nodes, one of which has the shard from now on: what counts there, the hot addresses first, from the one that had it before.</summary>
public sealed record HotRates(int Shard, uint Listener, IReadOnlyList<(AddressKey Address, RateHistory History)> Rates)
{
    /// <summary>Addresses in a message: some 110 bytes each, and a frame holds 512,000.</summary>
    public const int MostAtOnce = 1024;

    /// <summary>As it would be now, if nothing had come since; 0 for an address that is not among them.</summary>
    /// <param name="ago">When this was said.</param>
    internal uint RateOf(in AddressKey address, TimeSpan ago, TimeSpan per)
    {
        foreach (var (hot, history) in Rates)
        {
            if (hot == address)
                return history.Rate(ago, per);
        }
        return 0;
    }
}

/// <summary>To an entity whose shard moves to another node: tell it what counts, and stop.</summary>
public sealed record HandOver : IDeadLetterSuppression
{
    public static readonly HandOver Instance = new();
}
