using System.Net;
using System.Numerics;
using EdgeActors.Settings;

namespace EdgeActors.Routing;

/// <summary>A balancing algorithm. Allocates nothing and reads each server at most once. Its state outlives snapshots.
/// Thread-safe.</summary>
internal abstract class Balancer
{
    /// <summary>Clients are bound to servers: if the server is full, they wait.</summary>
    public virtual bool KeepsTo => false;

    /// <param name="among">The set of candidates, never empty.</param>
    /// <param name="weights">By index; positive for the candidates.</param>
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

/// <summary>The first server of the set, which excludes full ones.</summary>
internal sealed class FirstOfAll : Balancer
{
    public override int Choose(ulong among, ReadOnlySpan<int> weights, IPAddress? client) => Lowest(among);
}

/// <summary>nginx's smooth weighted round robin: each choice adds every server's weight to its credit and subtracts the total from the
/// chosen one, which has the highest. Weights 5, 1, 1 give a a b a c a a. The credits always sum to zero.</summary>
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

/// <summary>The fewest connections per weight, counting the new one. Ties use round robin; otherwise the first server would get all light
/// traffic.</summary>
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
            // a/b < c/d without division.
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

/// <summary>Power of two choices: of two servers drawn by weight, the one with fewer connections per weight. Unlike with
/// <see cref="LeastConnections"/>, several nodes do not all choose the same server.</summary>
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

/// <summary>Weighted rendezvous hashing. Only the clients of a removed server move, spread over the others, and they return with it. A
/// weight change moves only its share. Servers are hashed by name, so all nodes and versions agree.</summary>
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
            // A number in (0, 1) becomes an exponentially distributed time of rate weight: a server's time is the smallest with a
            // probability proportional to its weight.
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
