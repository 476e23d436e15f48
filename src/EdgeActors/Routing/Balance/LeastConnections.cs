using System.Net;

namespace EdgeActors.Routing.Balance;

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
