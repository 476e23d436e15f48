using System.Net;
using System.Numerics;
using EdgeActors.Settings;

namespace EdgeActors.Routing;

/// <summary>
/// One way to share connections among servers. It allocates nothing and reads each server at most once. Its state outlives the snapshots.
/// For any thread.
/// </summary>
internal abstract class Balancer
{
    /// <summary>A client keeps to its server: if that one is full, it waits for it.</summary>
    public virtual bool KeepsTo => false;

    /// <param name="among">The set of servers to choose from, never empty.</param>
    /// <param name="weights">By index, above zero for those of the set.</param>
    /// <param name="client">Null: unknown.</param>
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

/// <summary>The first server of the set, which holds no full ones.</summary>
internal sealed class FirstOfAll : Balancer
{
    public override int Choose(ulong among, ReadOnlySpan<int> weights, IPAddress? client) => Lowest(among);
}

/// <summary>
/// Smooth weighted round robin, nginx's: at each turn every server earns its weight, the richest is chosen and pays what all have earned.
/// With weights 5, 1, 1 the order is a a b a c a a. The credits of all servers add up to zero, always.
/// </summary>
internal sealed class RoundRobin(int servers) : Balancer
{
    private readonly long[] _credit = new long[servers];
    private readonly Lock _lock = new();

    public override int Choose(ulong among, ReadOnlySpan<int> weights, IPAddress? client)
    {
        lock (_lock)
        {
            var best = -1;
            var earned = 0L;
            for (var rest = among; rest != 0; rest &= rest - 1)
            {
                var i = Lowest(rest);
                earned += weights[i];
                _credit[i] += weights[i];
                if (best < 0 || _credit[i] > _credit[best])
                    best = i;
            }
            _credit[best] -= earned;
            return best;
        }
    }
}

/// <summary>
/// The server that would have the fewest connections for its weight with one more; among equal ones round robin, or with little traffic the
/// first server would get all of it.
/// </summary>
internal sealed class LeastConnections(IReadOnlyList<ServerModel> servers) : Balancer
{
    private readonly RoundRobin _ties = new(servers.Count);

    public override int Choose(ulong among, ReadOnlySpan<int> weights, IPAddress? client)
    {
        var least = 0UL;
        long leastLoad = 0, leastWeight = 1;
        for (var rest = among; rest != 0; rest &= rest - 1)
        {
            var i = Lowest(rest);
            long load = servers[i].State.Connections + 1L;
            // a/b < c/d without the division.
            var (mine, theirs) = (load * leastWeight, leastLoad * weights[i]);
            if (least == 0 || mine < theirs)
            {
                least = BackendPool.Bit(i);
                (leastLoad, leastWeight) = (load, weights[i]);
            }
            else if (mine == theirs)
            {
                least |= BackendPool.Bit(i);
            }
        }
        return (least & (least - 1)) == 0 ? Lowest(least) : _ties.Choose(least, weights, client);
    }
}

/// <summary>
/// The power of two choices: two servers are drawn, the heavier the likelier, and the one with fewer connections for its weight is taken.
/// Several nodes that do so do not all run to the same server, as they would with <see cref="LeastConnections"/>.
/// </summary>
internal sealed class RandomOfTwo(IReadOnlyList<ServerModel> servers) : Balancer
{
    public override int Choose(ulong among, ReadOnlySpan<int> weights, IPAddress? client)
    {
        var one = Draw(among, weights);
        var others = among & ~BackendPool.Bit(one);
        if (others == 0)
            return one;
        var two = Draw(others, weights);
        return (servers[two].State.Connections + 1L) * weights[one] < (servers[one].State.Connections + 1L) * weights[two] ? two : one;
    }

    private static int Draw(ulong among, ReadOnlySpan<int> weights)
    {
        var total = 0L;
        for (var rest = among; rest != 0; rest &= rest - 1)
            total += weights[Lowest(rest)];
        var drawn = Random.Shared.NextInt64(total);
        var left = among;
        while ((drawn -= weights[Lowest(left)]) >= 0)
            left &= left - 1;
        return Lowest(left);
    }
}

/// <summary>
/// Weighted rendezvous hashing: every server draws a number for the client, the best one wins. Only the clients of a removed server move,
/// and they spread over the others; a server that returns gets the same ones again; a changed weight moves no more than its share. Servers
/// are known by their names, so neither their order nor their addresses matter, and every node and version agrees.
/// </summary>
internal sealed class SourceHash(IReadOnlyList<ServerModel> servers) : Balancer
{
    private readonly ulong[] _seeds = [.. servers.Select(static server => SeedOf(server.Name))];

    public override bool KeepsTo => true;

    public override int Choose(ulong among, ReadOnlySpan<int> weights, IPAddress? client)
    {
        var key = client is null ? default : AddressKey.From(client);
        var hash = AddressKey.Mix(key.High ^ AddressKey.Mix(key.Low));
        var best = -1;
        var bestTime = double.MaxValue;
        for (var rest = among; rest != 0; rest &= rest - 1)
        {
            var i = Lowest(rest);
            // A number in (0, 1), made an exponentially distributed time of rate weight: the first of such times is each one's with a
            // probability in proportion to its rate.
            var drawn = ((AddressKey.Mix(hash ^ _seeds[i]) >> 11) + 0.5) / (1UL << 53);
            var time = -Math.Log(drawn) / weights[i];
            if (best < 0 || time < bestTime)
                (best, bestTime) = (i, time);
        }
        return best;
    }

    // FNV-1a, over UTF-16.
    private static ulong SeedOf(string name)
    {
        var hash = 0xcbf29ce484222325;
        foreach (var c in name)
            hash = (hash ^ c) * 0x100000001b3;
        return hash;
    }
}
