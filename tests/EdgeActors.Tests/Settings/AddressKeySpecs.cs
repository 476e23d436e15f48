using System.Net;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Settings;

public class AddressKeySpecs
{
    [Theory]
    [InlineData("203.0.113.9", "203.0.113.9")]
    [InlineData("::ffff:203.0.113.9", "203.0.113.9")]
    [InlineData("2001:db8::1", "2001:db8::1")]
    [InlineData("fe80::1%3", "fe80::1")]
    [InlineData("::", "::")]
    [InlineData("0.0.0.0", "0.0.0.0")]
    public void A_key_leads_back_to_the_address_in_its_plain_form(string address, string plain) =>
        Assert.Equal(IPAddress.Parse(plain), AddressKey.From(IPAddress.Parse(address)).ToAddress());

    [Fact]
    public void A_mapped_address_and_the_plain_one_are_one_client() =>
        Assert.Equal(AddressKey.From(IPAddress.Parse("203.0.113.9")), AddressKey.From(IPAddress.Parse("::ffff:203.0.113.9")));

    [Theory]
    [InlineData("203.0.113.9", "203.0.113.8")]
    [InlineData("203.0.113.9", "::203.0.113.9")]
    [InlineData("2001:db8::1", "2001:db8:0:0:1::1")]
    public void Two_addresses_are_two_clients(string one, string other) =>
        Assert.NotEqual(AddressKey.From(IPAddress.Parse(one)), AddressKey.From(IPAddress.Parse(other)));

    [Theory]
    [InlineData("203.0.113.201", 32, 64, "203.0.113.201")]
    [InlineData("203.0.113.201", 31, 64, "203.0.113.200")]
    [InlineData("203.0.113.201", 24, 64, "203.0.113.0")]
    [InlineData("::ffff:203.0.113.201", 24, 64, "203.0.113.0")]
    [InlineData("203.0.113.201", 1, 64, "128.0.0.0")]
    [InlineData("2001:db8:1:2:3:4:5:6", 32, 128, "2001:db8:1:2:3:4:5:6")]
    [InlineData("2001:db8:1:2:3:4:5:7", 32, 127, "2001:db8:1:2:3:4:5:6")]
    [InlineData("2001:db8:1:2:ffff::", 32, 65, "2001:db8:1:2:8000::")]
    [InlineData("2001:db8:1:2:3:4:5:6", 32, 64, "2001:db8:1:2::")]
    [InlineData("2001:db8:1:3:3:4:5:6", 32, 63, "2001:db8:1:2::")]
    [InlineData("2001:db8:1:2:3:4:5:6", 32, 32, "2001:db8::")]
    [InlineData("8001:db8::", 32, 1, "8000::")]
    public void An_address_leads_to_its_network_by_the_prefix_of_its_family(string address, int ipv4, int ipv6, string network) =>
        Assert.Equal(
        IPAddress.Parse(network), AddressKey.From(IPAddress.Parse(address)).Network(new PrefixLengths(ipv4, ipv6)).ToAddress());

    // Pinned: nodes of different builds have to agree.
    [Theory]
    [InlineData("203.0.113.9", 29)]
    [InlineData("::ffff:203.0.113.9", 29)]
    [InlineData("127.0.0.1", 73)]
    [InlineData("2001:db8::1", 92)]
    public void The_shard_of_an_address_is_the_same_everywhere(string address, int shard) =>
        Assert.Equal(shard, AddressKey.From(IPAddress.Parse(address)).ShardOf(100));

    [Fact]
    public void Neighbouring_addresses_spread_over_the_shards()
    {
        var counts = new int[16];
        for (var host = 0; host < 1600; host++)
            counts[AddressKey.From(new IPAddress([10, 0, (byte)(host >> 8), (byte)host])).ShardOf(counts.Length)]++;
        Assert.All(counts, count => Assert.InRange(count, 60, 140));
    }

    [Fact]
    public void The_hash_depends_on_every_part_of_the_key()
    {
        var hashes = Enumerable.Range(0, 128).Select(static bit => UInt128.One << bit)
            .Select(static bits => new AddressKey((ulong)(bits >> 64), (ulong)bits).GetHashCode());
        // Of 128 hashes of 32 bits two are equal once in 500,000 runs.
        Assert.InRange(hashes.Distinct().Count(), 127, 128);
    }
}
