using Akka.Cluster.Sharding;
using Akka.Event;
using EdgeActors.Settings;

namespace EdgeActors.Admission;

/// <summary>Asks whether one more connection of this address is admitted. Answered with a <see cref="RateAnswer"/>.</summary>
/// <param name="Listener">Number of the listener; each has its own limit.</param>
/// <param name="IsCountedOnly">The connection is refused already; the answer is not used.</param>
public sealed record RateQuery(int Listener, AddressKey Address, bool IsCountedOnly = false);

/// <param name="CountsHere">Whether this node's own table counts the connection, too.</param>
/// <param name="IsYoung">Whether that table must admit the connection, too.</param>
/// <param name="RefusedFor">Milliseconds for which each further connection of the address is refused for sure.</param>
public sealed record RateAnswer(bool Admitted, bool CountsHere = false, bool IsYoung = false, uint RefusedFor = 0) : IDeadLetterSuppression
{
    public static readonly RateAnswer Yes = new(true);
    public static readonly RateAnswer No = new(false);

    /// <summary>From an entity shared by several nodes. This node counts the client, too, in case that entity is lost.</summary>
    public static readonly RateAnswer SharedYes = new(true, CountsHere: true);

    public static readonly RateAnswer SharedNo = new(false, CountsHere: true);

    /// <summary>From a shared entity that started recently: admitted, unless this node's own count is over the limit.</summary>
    public static readonly RateAnswer YoungYes = new(true, CountsHere: true, IsYoung: true);

    /// <summary>No entity can answer: this node's own count decides.</summary>
    public static readonly RateAnswer Alone = new(true, CountsHere: true, IsYoung: true);
}

/// <summary>An operator's query to one shard, answered with a <see cref="ShardAnswer"/>. Reads one portion of the table at most.</summary>
/// <param name="Shard">0 to <see cref="RateLimitExtractor.Shards"/> - 1.</param>
/// <param name="From">For <see cref="RateOrder.Top"/>: 0, then <see cref="TopRates.Next"/> of the previous answer.</param>
/// <param name="Most">For <see cref="RateOrder.Top"/>: addresses in the answer.</param>
public sealed record RateInspection(RateOrder Order, int Listener, int Shard, AddressKey Address = default, int From = 0, int Most = 0)
{
    public static RateInspection Of(RateOrder order, int listener, AddressKey address) =>
        new(order, listener, address.ShardOf(RateLimitExtractor.Shards), address);

    public static RateInspection Hold(int listener, AddressKey address, TimeSpan unseen) =>
        Of(RateOrder.Hold, listener, address) with { From = (int)unseen.TotalMilliseconds };

    internal ShardQuery ToQuery(uint id, uint listener) => new(id, Shard, Order, listener, Address, From, Most);
}

/// <param name="Rates">Of this portion, the highest first; addresses without recent connections are left out.</param>
/// <param name="Next">Start of the next portion; null: this was the last.</param>
public sealed record TopRates(IReadOnlyList<(AddressKey Address, uint Count)> Rates, int? Next) : IDeadLetterSuppression;

/// <summary>Maps an address to its shard, the same on every node. One entity per shard: an address costs no actor.</summary>
public sealed class RateLimitExtractor : IMessageExtractor
{
    public const int Shards = 64;

    private static readonly string[] Names =
        [.. Enumerable.Range(0, Shards).Select(n => n.ToString(System.Globalization.CultureInfo.InvariantCulture))];

    /// <returns>Null: no shard, or the sender's node has other shards.</returns>
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

public enum RateOrder
{
    /// <summary>Counts a connection and decides whether it is admitted.</summary>
    Admit,

    Find,

    Forget,

    /// <summary>The highest rates of the shard, one portion of its table at a time.</summary>
    Top,

    /// <summary>The counter must not decay for the last milliseconds, which are in <see cref="RateInspection.From"/>: the kernel has dropped
    /// the address's connections. A node that does not know this order counts one connection.</summary>
    Hold,
}

/// <summary>From a node's cluster proxy to the entity of a shard.</summary>
/// <param name="Id">Returned in the <see cref="ShardAnswer"/>.</param>
/// <param name="Shard">0 to <see cref="RateLimitExtractor.Shards"/> - 1.</param>
/// <param name="Listener">Its <see cref="ListenerKey"/>: listener numbers differ between nodes.</param>
/// <param name="Address">Unused by <see cref="RateOrder.Top"/>.</param>
/// <param name="From">As in <see cref="RateInspection"/>, like <paramref name="Most"/>.</param>
public sealed record ShardQuery(uint Id, int Shard, RateOrder Order, uint Listener, AddressKey Address, int From = 0, int Most = 0);

/// <summary>The answer to <see cref="RateOrder.Admit"/>.</summary>
public enum SharedVerdict : uint
{
    No,
    Yes,

    /// <summary>Admitted by an entity that started less than two windows ago.</summary>
    YoungYes,

    /// <summary>The entity's node has no limit for that listener.</summary>
    Unknown,
}

/// <param name="Value">A <see cref="SharedVerdict"/>, the count, or 1 for an address that was known.</param>
/// <param name="Top">Only for <see cref="RateOrder.Top"/>.</param>
public sealed record ShardAnswer(uint Id, uint Value, TopRates? Top = null) : IDeadLetterSuppression;

/// <summary>To the other nodes, one of which gets the shard: this node's counts, the hot addresses first.</summary>
public sealed record HotRates(int Shard, uint Listener, IReadOnlyList<(AddressKey Address, RateHistory History)> Rates)
{
    /// <summary>Addresses in a message: about 110 bytes each, and a frame holds 512,000.</summary>
    public const int MostAtOnce = 1024;

    /// <summary>The rate now, without newer connections; 0 for an unknown address.</summary>
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

/// <summary>To an entity whose shard moves to another node: send the counts and stop.</summary>
public sealed record HandOver : IDeadLetterSuppression;
