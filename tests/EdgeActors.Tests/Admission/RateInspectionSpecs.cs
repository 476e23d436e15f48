using System.Net;
using Akka.Actor;
using EdgeActors.Admission;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Admission;

public sealed class RateInspectionSpecs : EdgeTestKit
{
    private static readonly TimeSpan Soon = Eventually.Deadline;

    private static AddressKey Key(uint n) => new(0, 0x0000_ffff_0000_0000UL | n);

    private static AddressTable Table(int capacity = 10_000) => new(capacity, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(60));

    private static List<(AddressKey Address, uint Count)> All(AddressTable table, int most, uint now)
    {
        var all = new List<(AddressKey, uint)>();
        for (int? from = 0; from is { } portion;)
        {
            var top = table.Top(portion, most, now);
            Assert.InRange(top.Rates.Count, 0, Math.Min(most, AddressTable.Portion));
            all.AddRange(top.Rates);
            from = top.Next;
        }
        return all;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(AddressTable.Portion - 1)]
    [InlineData(AddressTable.Portion)]
    [InlineData(AddressTable.Portion + 1)]
    [InlineData(3 * AddressTable.Portion)]
    public void Every_address_is_in_one_of_the_portions(int addresses)
    {
        var table = Table();
        for (var n = 0u; n < addresses; n++)
            table.Track(Key(n), 0);
        Assert.Equal(
            Enumerable.Range(0, addresses).Select(static n => Key((uint)n)).Order(ByLow),
            All(table, AddressTable.Portion, 0).Select(static rate => rate.Address).Order(ByLow));
    }

    private static readonly Comparer<AddressKey> ByLow = Comparer<AddressKey>.Create(static (a, b) => a.Low.CompareTo(b.Low));

    [Fact]
    public void The_highest_come_first_and_no_more_than_asked_for()
    {
        var table = Table();
        for (var n = 1u; n <= 5; n++)
        {
            for (var i = 0; i < n; i++)
                table.Track(Key(n), 0);
        }
        Assert.Equal([(Key(5), 5u), (Key(4), 4u)], All(table, 2, 0));
    }

    [Fact]
    public void Those_that_have_gone_are_left_out_and_so_are_those_that_were_forgotten()
    {
        var table = Table();
        for (var n = 1u; n <= 3; n++)
            table.Track(Key(n), 0);
        Assert.True(table.Forget(Key(2)));
        Assert.False(table.Forget(Key(2)));
        Assert.False(table.Forget(Key(9)));
        Assert.Equal([Key(1), Key(3)], All(table, 10, 0).Select(static rate => rate.Address).Order(ByLow));
        Assert.Equal(2, table.Count);
        // The row that came free is used again.
        table.Track(Key(4), 0);
        Assert.Equal([Key(1), Key(3), Key(4)], All(table, 10, 0).Select(static rate => rate.Address).Order(ByLow));
        Assert.Empty(All(table, 10, 10_001));
    }

    [Fact]
    public void At_random_the_portions_agree_with_a_dictionary()
    {
        var random = new Random(1);
        var table = Table(capacity: 3000);
        var known = new Dictionary<AddressKey, uint>();
        for (var i = 0; i < 20_000; i++)
        {
            var key = Key((uint)random.Next(2500));
            if (random.Next(3) == 0)
                Assert.Equal(known.Remove(key), table.Forget(key));
            else
                known[key] = table.Track(key, 0);
        }
        Assert.Equal(
            known.OrderBy(static pair => pair.Key.Low).Select(static pair => (pair.Key, pair.Value)),
            All(table, AddressTable.Portion, 0).OrderBy(static rate => rate.Address.Low));
    }

    [Fact]
    public void The_entities_answer_as_they_answer_clients()
    {
        var time = new ManualTime();
        time.Advance(TimeSpan.FromHours(1));
        var tables = new ShardTables(new RateLimits([TestSettings.RateLimit(), null]), time);
        var limiter = Sys.ActorOf(LocalShardsActor.Props(new RateLimitExtractor(), id => RateLimitActor.Props(int.Parse(id), tables)));
        var key = AddressKey.From(IPAddress.Parse("192.0.2.1"));
        for (var i = 0; i < 3; i++)
            limiter.Tell(new RateQuery(0, key), ActorRefs.Nobody);

        Assert.Equal(3u, Ask<ShardAnswer>(limiter, RateInspection.Of(RateOrder.Find, 0, key)).Value);
        Assert.Equal(0u, Ask<ShardAnswer>(limiter, RateInspection.Of(RateOrder.Find, 1, key)).Value);
        var top = Ask<ShardAnswer>(limiter, new RateInspection(RateOrder.Top, 0, key.ShardOf(RateLimitExtractor.Shards), Most: 10)).Top!;
        Assert.Equal([(key, 3u)], top.Rates);
        Assert.Null(top.Next);
        Assert.Equal(1u, Ask<ShardAnswer>(limiter, RateInspection.Of(RateOrder.Forget, 0, key)).Value);
        Assert.Equal(0u, Ask<ShardAnswer>(limiter, RateInspection.Of(RateOrder.Forget, 0, key)).Value);
        Assert.Equal(0u, Ask<ShardAnswer>(limiter, RateInspection.Of(RateOrder.Forget, 1, key)).Value);
        Assert.Equal(0u, Ask<ShardAnswer>(limiter, RateInspection.Of(RateOrder.Find, 0, key)).Value);
    }

    private T Ask<T>(IActorRef limiter, object question)
    {
        limiter.Tell(question, TestActor);
        return ExpectMsg<T>(Soon);
    }
}
