using System.Diagnostics;
using System.Net;
using Akka.Cluster.Hosting;
using EdgeActors.Admission;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Admission;

/// <summary>The limiter unchanged behind a real shard region, where <see cref="RateLimitActorSpecs"/> has a stand-in.</summary>
public sealed class RateLimitRegionSpecs
{
    private readonly ManualTime _time = new();
    private readonly ShardTables _tables;

    public RateLimitRegionSpecs() => _tables = new ShardTables(new RateLimits([TestSettings.RateLimit()]), _time);

    private static AddressKey Address(byte n) => AddressKey.From(new IPAddress([192, 0, 2, n]));

    [Fact]
    public async Task Fifty_of_fifty_one_come_in_and_another_address_is_unaffected()
    {
        await using var region = await RateLimitRegion.Start(_tables, new ShardOptions());
        for (var i = 0; i < 50; i++)
            Assert.True(await region.Admits(Address(1)), $"{i + 1}");
        Assert.False(await region.Admits(Address(1)));
        Assert.True(await region.Admits(Address(2)));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.True(await region.Admits(Address(1)));
    }

    [Fact]
    public async Task One_entity_a_shard_holds_the_addresses_of_that_shard()
    {
        await using var region = await RateLimitRegion.Start(_tables, new ShardOptions());
        var addresses = Enumerable.Range(0, 100).Select(static n => Address((byte)n)).ToArray();
        foreach (var address in addresses)
            Assert.True(await region.Admits(address));
        var shards = addresses.GroupBy(static address => address.ShardOf(RateLimitExtractor.Shards))
            .ToDictionary(static g => g.Key, static g => g.Count());
        Assert.Equal(shards.Keys.Order(), (await region.Entities()).Select(int.Parse).Order());
        Assert.Equal(shards, shards.Keys.ToDictionary(static n => n, n => _tables.Of(n).Tables.Count));
    }

    [Fact]
    public async Task An_entity_that_was_passivated_has_forgotten_nobody()
    {
        await using var region = await RateLimitRegion.Start(
            _tables, new ShardOptions { PassivateIdleEntityAfter = TimeSpan.FromMilliseconds(300) });
        for (var i = 0; i < 50; i++)
            Assert.True(await region.Admits(Address(1)));
        var watch = Stopwatch.StartNew();
        while ((await region.Entities()).Count > 0)
            Assert.True(watch.Elapsed < Eventually.Deadline, "passivated");
        Assert.False(await region.Admits(Address(1)));
    }
}
