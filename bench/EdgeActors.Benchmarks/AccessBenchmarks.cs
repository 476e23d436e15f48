using BenchmarkDotNet.Attributes;
using EdgeActors.Settings;

namespace EdgeActors.Benchmarks;

/// <summary>Whether a client is on the deny list, asked at every accept.</summary>
public class AccessBenchmarks
{
    private const int Networks = 100_000;
    private const int Clients = 1 << 16;

    private readonly AddressKey[] _ipv4 = new AddressKey[Clients];
    private readonly AddressKey[] _ipv6 = new AddressKey[Clients];
    private AccessList _list = new([], deniesUnlisted: false);
    private int _next;

    /// <summary>Half of the networks of each family, of all sizes, and clients from anywhere, so that each look-up takes another
    /// way.</summary>
    [GlobalSetup]
    public void Fill()
    {
        var random = new Random(1);
        var rules = new Dictionary<Cidr, bool>();
        while (rules.Count < Networks)
        {
            var ipv4 = rules.Count % 2 == 0;
            var bits = ipv4 ? AddressKey.MappedBits + random.Next(12, 33) : random.Next(20, 65);
            rules[new Cidr((ipv4 ? IPv4(random) : IPv6(random)).First(bits), bits)] = random.Next(10) > 0;
        }
        _list = new AccessList([.. rules.Select(static rule => new AccessRule(rule.Key, rule.Value))], deniesUnlisted: false);
        for (var i = 0; i < Clients; i++)
            (_ipv4[i], _ipv6[i]) = (IPv4(random), IPv6(random));
    }

    [Benchmark]
    public bool Denies_IPv4() => _list.Denies(_ipv4[_next++ & (Clients - 1)]);

    [Benchmark]
    public bool Denies_IPv6() => _list.Denies(_ipv6[_next++ & (Clients - 1)]);

    private static AddressKey IPv4(Random random) => new(0, 0x0000_ffff_0000_0000UL | (uint)random.NextInt64(1L << 32));

    /// <summary>2000::/3, from which addresses are given out.</summary>
    private static AddressKey IPv6(Random random) =>
        new(0x2000_0000_0000_0000UL | (ulong)random.NextInt64(1L << 61), (ulong)random.NextInt64());
}
