using System.Net;

namespace EdgeActors.Routing.Balance;

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
