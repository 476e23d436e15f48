using Akka.Event;
using EdgeActors.Admit;

namespace EdgeActors.Cluster;

/// <summary>What nodes say to each other, in the form of <see cref="ClusterCodec"/>.</summary>
public interface IClusterMessage;

/// <summary>A message for the entity of one shard.</summary>
public interface IShardMessage : IClusterMessage
{
    /// <summary>0 to <see cref="RateLimitExtractor.Shards"/>, the latter excluded.</summary>
    int Shard { get; }
}

/// <summary>What is wanted of the entity of an address.</summary>
public enum RateOrder : byte
{
    /// <summary>Count a connection, and say whether it may come in.</summary>
    Admit,

    /// <summary>Say how often the address has come.</summary>
    Find,

    /// <summary>Forget the address.</summary>
    Forget,
}

/// <param name="Id">Comes back in the <see cref="SharedRateAnswer"/>.</param>
/// <param name="Listener">By its <see cref="ListenerKey"/>.</param>
public sealed record SharedRateQuery(uint Id, RateOrder Order, uint Listener, AddressKey Address) : IShardMessage
{
    public int Shard => Address.ShardOf(RateLimitExtractor.Shards);
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
public sealed record SharedRateAnswer(uint Id, uint Value) : IClusterMessage, IDeadLetterSuppression;

/// <summary>See <see cref="FindTopRates"/>.</summary>
/// <param name="Id">Comes back in the <see cref="SharedTopRates"/>.</param>
public sealed record FindSharedTopRates(uint Id, int Shard, uint Listener, int From, int Most) : IShardMessage;

/// <param name="Next">As in <see cref="TopRates"/>; -1 for null.</param>
public sealed record SharedTopRates(uint Id, int Next, IReadOnlyList<(AddressKey Address, uint Count)> Rates) : IClusterMessage, IDeadLetterSuppression;

/// <summary>To the other nodes, one of which has the shard from now on: what counts there, the hot addresses first, from the one that had it before.</summary>
public sealed record HotRates(int Shard, uint Listener, IReadOnlyList<(AddressKey Address, RateHistory History)> Rates) : IClusterMessage
{
    /// <summary>Addresses in a message: 28 bytes each, and a frame holds 256,000.</summary>
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

/// <summary>From a node to one that is in its seeds but not in its cluster: which of the two clusters is to give way?</summary>
/// <param name="Members">Nodes of the sender's cluster; 0: it is in none.</param>
/// <param name="Lowest">The lowest of their addresses, <c>host:port</c>; empty where there is none.</param>
public sealed record Census(int Members, string Lowest) : IClusterMessage;

/// <summary>To the members of a cluster that gives way to another one: leave, and join that.</summary>
public sealed record GiveWay : IClusterMessage
{
    public static readonly GiveWay Instance = new();
}
