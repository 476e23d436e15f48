using System.Net;
using EdgeActors.Admit;

namespace EdgeActors.Tests.Admit;

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
    public void The_table_hash_depends_on_its_secret_and_on_every_part_of_the_key()
    {
        var key = new AddressKey(1, 2);
        var hash = new KeyedHash(3, 4);
        Assert.Equal(hash.Of(key), new KeyedHash(3, 4).Of(key));
        Assert.NotEqual(hash.Of(key), new KeyedHash(5, 4).Of(key));
        Assert.NotEqual(hash.Of(key), new KeyedHash(3, 5).Of(key));
        Assert.NotEqual(hash.Of(key), hash.Of(new AddressKey(1, 3)));
        Assert.NotEqual(hash.Of(key), hash.Of(new AddressKey(2, 2)));
        Assert.NotEqual(KeyedHash.Random().Of(key), KeyedHash.Random().Of(key));
    }
}
