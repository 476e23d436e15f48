using Akka.Cluster.Sharding;
using Akka.Event;
using EdgeActors.Settings;

namespace EdgeActors.Admission;

/// <summary>Whether one more connection of this address is admitted. The sender gets a <see cref="RateAnswer"/>.</summary>
/// <param name="Listener">Index of the listener, each of which has a limit of its own.</param>
public sealed record RateQuery(int Listener, AddressKey Address);

/// <param name="CountsHere">Whether this node's own table counts the connection, too.</param>
/// <param name="IsYoung">Whether that table must admit the connection, too.</param>
public sealed record RateAnswer(bool Admitted, bool CountsHere = false, bool IsYoung = false) : IDeadLetterSuppression
{
    public static readonly RateAnswer Yes = new(true);
    public static readonly RateAnswer No = new(false);

    /// <summary>From an entity that several nodes share. This node counts the client as well, in case that entity is lost.</summary>
    public static readonly RateAnswer SharedYes = new(true, CountsHere: true);

    public static readonly RateAnswer SharedNo = new(false, CountsHere: true);

    /// <summary>From a shared entity that started recently: yes, unless this node's own count is over the limit.</summary>
    public static readonly RateAnswer YoungYes = new(true, CountsHere: true, IsYoung: true);

    /// <summary>No entity can answer: this node's own count decides.</summary>
    public static readonly RateAnswer Alone = new(true, CountsHere: true, IsYoung: true);
}

/// <summary>From an operator to the entity of one shard, which answers with a <see cref="ShardAnswer"/>. Each takes at most the time of one
/// portion of the table, as clients wait behind it.</summary>
/// <param name="Listener">As in <see cref="RateQuery"/>.</param>
/// <param name="Shard">0 to <see cref="RateLimitExtractor.Shards"/>, the latter excluded.</param>
/// <param name="From">Of <see cref="RateOrder.Top"/>: 0, then <see cref="TopRates.Next"/> of the answer before.</param>
/// <param name="Most">Of <see cref="RateOrder.Top"/>: addresses in the answer.</param>
public sealed record RateInspection(RateOrder Order, int Listener, int Shard, AddressKey Address = default, int From = 0, int Most = 0)
{
    /// <summary>About one address.</summary>
    public static RateInspection Of(RateOrder order, int listener, AddressKey address) =>
        new(order, listener, address.ShardOf(RateLimitExtractor.Shards), address);

    internal ShardQuery ToQuery(uint id, uint listener) => new(id, Shard, Order, listener, Address, From, Most);
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

    /// <returns>Null: no shard, or a node with other shards sent it.</returns>
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

    /// <summary>The rate of an address.</summary>
    Find,

    Forget,

    /// <summary>The highest rates of the shard, one portion of its table at a time.</summary>
    Top,
}

/// <summary>From the proxy of any node of a cluster to the entity of a shard.</summary>
/// <param name="Id">Comes back in the <see cref="ShardAnswer"/>.</param>
/// <param name="Shard">0 to <see cref="RateLimitExtractor.Shards"/>, the latter excluded.</param>
/// <param name="Listener">By its <see cref="ListenerKey"/>, as numbers are each node's own.</param>
/// <param name="Address">Of <see cref="RateOrder.Top"/> none.</param>
/// <param name="From">As in <see cref="RateInspection"/>, and so is <paramref name="Most"/>.</param>
public sealed record ShardQuery(uint Id, int Shard, RateOrder Order, uint Listener, AddressKey Address, int From = 0, int Most = 0);

/// <summary>The answer to <see cref="RateOrder.Admit"/>.</summary>
public enum SharedVerdict : uint
{
    No,
    Yes,

    /// <summary>Yes, from an entity that started less than two windows ago.</summary>
    YoungYes,

    /// <summary>The configuration of the entity's node has no limit for that listener.</summary>
    Unknown,
}

/// <param name="Value">A <see cref="SharedVerdict"/>, the count, or 1 for an address that was known.</param>
/// <param name="Top">Of <see cref="RateOrder.Top"/> alone.</param>
public sealed record ShardAnswer(uint Id, uint Value, TopRates? Top = null) : IDeadLetterSuppression;

/// <summary>To the other nodes, one of which gets the shard: the counts of the node that had it, the hot addresses first.</summary>
public sealed record HotRates(int Shard, uint Listener, IReadOnlyList<(AddressKey Address, RateHistory History)> Rates)
{
    /// <summary>Addresses in a message: some 110 bytes each, and a frame holds 512,000.</summary>
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
