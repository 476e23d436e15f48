using System.Net;
using EdgeActors.Settings;

namespace EdgeActors.Routing.Balance;

/// <summary>
/// Weighted rendezvous hashing: every server draws a number for the client, the best one wins. A server that goes takes along its own clients
/// only, which spread over the others; one that comes back gets the same ones again; a weight that changes moves no more than its share.
/// Servers are known by their names, so neither their order nor their addresses matter, and every node and version agrees.
/// </summary>
internal sealed class SourceHash : Balancer
{
    private readonly ulong[] _seeds;

    public SourceHash(IReadOnlyList<ServerModel> servers)
    {
        _seeds = new ulong[servers.Count];
        for (var i = 0; i < _seeds.Length; i++)
            _seeds[i] = SeedOf(servers[i].Name);
    }

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
