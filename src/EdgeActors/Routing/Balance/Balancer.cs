using System.Net;
using System.Numerics;
using EdgeActors.Settings;

namespace EdgeActors.Routing.Balance;

/// <summary>
/// One way to share connections among servers. It costs no allocation and at most a look at each server; what it remembers (whose turn it is)
/// outlives the snapshots. Any thread may ask.
/// </summary>
internal abstract class Balancer
{
    /// <summary>A client keeps to its server: if that one is full, it waits for it.</summary>
    public virtual bool KeepsTo => false;

    /// <param name="among">The set of servers to choose from, never empty.</param>
    /// <param name="weights">By index, above zero for those of the set.</param>
    /// <param name="client">Where the connection comes from, if anyone knows.</param>
    /// <returns>The index of a server.</returns>
    public abstract int Choose(ulong among, ReadOnlySpan<int> weights, IPAddress? client);

    public static Balancer For(BalanceAlgorithm algorithm, IReadOnlyList<ServerModel> servers) => algorithm switch
    {
        BalanceAlgorithm.LeastConnections => new LeastConnections(servers),
        BalanceAlgorithm.Random => new RandomOfTwo(servers),
        BalanceAlgorithm.Source => new SourceHash(servers),
        BalanceAlgorithm.First => new FirstOfAll(),
        _ => new RoundRobin(servers.Count),
    };

    protected static int Lowest(ulong among) => BitOperations.TrailingZeroCount(among);
}

/// <summary>The first one; those that are full are not in the set.</summary>
internal sealed class FirstOfAll : Balancer
{
    public override int Choose(ulong among, ReadOnlySpan<int> weights, IPAddress? client) => Lowest(among);
}
