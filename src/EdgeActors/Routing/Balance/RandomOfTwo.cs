using System.Net;

namespace EdgeActors.Routing.Balance;

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
