using System.Net;
using EdgeActors.Settings;
using FsCheck;
using FsCheck.Fluent;

namespace EdgeActors.Tests.Settings;

public class AccessListSpecs
{
    private static AccessRule Rule(string network, bool denies)
    {
        Assert.True(Cidr.TryParse(network, out var cidr, out var error), error);
        return new AccessRule(cidr, denies);
    }

    /// <param name="rules">Networks, with a minus ahead of those that are denied.</param>
    private static AccessList List(string rules, bool deniesUnlisted = false) => new(
        [
            .. rules.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static rule => Rule(rule.TrimStart('-'), rule[0] == '-'))
        ], deniesUnlisted);

    private static bool Denies(AccessList list, string address) => list.Denies(AddressKey.From(IPAddress.Parse(address)));

    [Theory]
    [InlineData("9.255.255.255", false)]
    [InlineData("10.0.0.0", true)]
    [InlineData("10.0.255.255", true)]
    [InlineData("10.1.0.0", false)]
    [InlineData("10.1.1.255", false)]
    [InlineData("10.1.2.0", true)]
    [InlineData("10.1.2.255", true)]
    [InlineData("10.1.3.0", false)]
    [InlineData("10.2.0.0", true)]
    [InlineData("10.255.255.255", true)]
    [InlineData("11.0.0.0", false)]
    [InlineData("::ffff:10.1.2.3", true)]
    public void The_smallest_network_around_an_address_decides(string address, bool denied) =>
        Assert.Equal(denied, Denies(List("10.1.0.0/16 -10.0.0.0/8 -10.1.2.0/24"), address));

    [Fact]
    public void Beside_an_allow_list_alone_everything_else_is_denied()
    {
        var list = List("192.0.2.0/24 2001:db8::/32", deniesUnlisted: true);
        Assert.False(Denies(list, "192.0.2.1"));
        Assert.False(Denies(list, "2001:db8::1"));
        Assert.True(Denies(list, "192.0.3.0"));
        Assert.True(Denies(list, "192.0.1.255"));
        Assert.True(Denies(list, "2001:db9::"));
        Assert.True(Denies(list, "::"));
    }

    [Fact]
    public void An_IPv6_network_says_nothing_of_IPv4_clients_nor_the_other_way_round()
    {
        Assert.False(Denies(List("-::/0"), "10.0.0.1"));
        Assert.True(Denies(List("-::/0"), "::1"));
        Assert.True(Denies(List("-::/0"), "::1:0:0:0"));
        Assert.False(Denies(List("-0.0.0.0/0"), "::1"));
        Assert.True(Denies(List("-0.0.0.0/0"), "255.255.255.255"));
        Assert.False(Denies(List("-0.0.0.0/0"), "::1:0:0:0"));
        Assert.True(Denies(List("::/0", deniesUnlisted: true), "10.0.0.1"));
    }

    [Fact]
    public void The_first_and_last_addresses_there_are_can_be_listed()
    {
        var list = List("-:: -ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff -0.0.0.0 -255.255.255.255");
        foreach (var denied in new[] { "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "0.0.0.0", "255.255.255.255" })
            Assert.True(Denies(list, denied));
        foreach (var other in new[] { "::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", "0.0.0.1", "255.255.255.254", "::fffe:ffff:ffff", "::1:0:0:0" })
            Assert.False(Denies(list, other));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_empty_list_has_one_answer(bool deniesUnlisted)
    {
        Assert.Equal(deniesUnlisted, Denies(List("", deniesUnlisted), "10.0.0.1"));
        Assert.Equal(deniesUnlisted, Denies(List("", deniesUnlisted), "2001:db8::1"));
    }

    [Fact]
    public void A_network_may_come_twice() => Assert.True(Denies(List("-10.0.0.0/8 -10.0.0.0/8"), "10.0.0.1"));

    [Fact]
    public void Any_lists_give_what_looking_through_all_networks_gives()
    {
        // Few different bits, so that networks nest and touch.
        var ipv4 = from bytes in Gen.ArrayOf(
            Gen.Elements<byte>(0, 1, 127, 128, 255), 4) from bits in Gen.Choose(0, 32) select Network(bytes, bits);
        var ipv6 = from bytes in Gen.ArrayOf(
            Gen.Elements<byte>(0, 1, 128, 255), 16) from bits in Gen.Choose(0, 128) select Network(bytes, bits);
        // Around the v4-mapped addresses, too.
        var mapped = from low in Gen.ArrayOf(Gen.Elements<byte>(0, 255), 6) from bits in Gen.Choose(70, 128)
                     select Network([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. low], bits);
        var network = Gen.OneOf(ipv4, ipv6, mapped).Where(static n => !n.BaseAddress.IsIPv4MappedToIPv6);
        var rule = from n in network from denies in Gen.Elements(true, false) select (Network: n, Denies: denies);
        Prop.ForAll(Gen.ArrayOf(rule).ToArbitrary(), Gen.Elements(true, false).ToArbitrary(), (rules, deniesUnlisted) =>
        {
            rules = [.. rules.DistinctBy(static r => r.Network)];
            var list = new AccessList([.. rules.Select(static r => Rule(r.Network.ToString(), r.Denies))], deniesUnlisted);
            foreach (var address in rules.SelectMany(static r => Around(r.Network)))
            {
                var expected = rules.Where(r => r.Network.Contains(address)).OrderByDescending(static r => r.Network.PrefixLength)
                    .Select(static r => (bool?)r.Denies).FirstOrDefault() ?? deniesUnlisted;
                // A message for each of them would take most of the time.
                if (expected != list.Denies(AddressKey.From(address)))
                    Assert.Fail($"{address} in {string.Join(' ', rules)}, else {deniesUnlisted}");
            }
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    private static IPNetwork Network(byte[] bytes, int bits)
    {
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] &= (byte)(0xff00 >> Math.Clamp(bits - 8 * i, 0, 8));
        return new IPNetwork(new IPAddress(bytes), bits);
    }

    /// <summary>The first and last addresses of a network and their neighbours.</summary>
    private static IEnumerable<IPAddress> Around(IPNetwork network)
    {
        var first = network.BaseAddress.GetAddressBytes();
        var last = (byte[])first.Clone();
        for (var bit = network.PrefixLength; bit < 8 * last.Length; bit++)
            last[bit / 8] |= (byte)(0x80 >> (bit % 8));
        IPAddress[] around = [new(first), new(last), Neighbour(first, -1), Neighbour(first, 1), Neighbour(last, -1), Neighbour(last, 1)];
        // Those are IPv4 addresses to Edge, and IPv6 ones to the framework's networks.
        return around.Where(static address => !address.IsIPv4MappedToIPv6);
    }

    private static IPAddress Neighbour(byte[] bytes, int by)
    {
        var next = (byte[])bytes.Clone();
        for (var i = next.Length - 1; i >= 0; i--)
        {
            next[i] = (byte)(next[i] + by);
            if (next[i] != (by > 0 ? 0 : 255))
                break;
        }
        return new IPAddress(next);
    }

    [Fact]
    public void A_look_up_among_100_000_networks_allocates_nothing()
    {
        var list = new AccessList(
            [.. Enumerable.Range(0, 100_000).Select(static i => new AccessRule(new Cidr(AddressKey.From(new IPAddress([10, (byte)(i >> 16), (byte)(i >> 8), (byte)i])), 128), i % 2 == 0))],
            deniesUnlisted: true);
        Assert.Equal(100_000, list.Networks);
        var address = IPAddress.Parse("10.0.4.210");
        Assert.True(list.Denies(AddressKey.From(address)));
        var denied = 0;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            denied += list.Denies(AddressKey.From(address).Network(new PrefixLengths(32, 64))) ? 1 : 0;
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(1000, denied);
    }
}
