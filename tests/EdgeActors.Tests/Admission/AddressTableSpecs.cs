using EdgeActors.Admission;
using EdgeActors.Settings;
using FsCheck;
using FsCheck.Fluent;

namespace EdgeActors.Tests.Admission;

public class AddressTableSpecs
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Expire = TimeSpan.FromSeconds(60);

    private static AddressKey Key(int n) => new(0, 0xffff_0a00_0000UL | (uint)n);

    private static AddressTable Table(int capacity = 1000) => new(capacity, Period, Expire);

    [Fact]
    public void A_limit_of_50_admits_50_and_drops_the_51st()
    {
        const uint limit = 50;
        var table = Table();
        for (var i = 1; i <= 50; i++)
            Assert.True(table.Track(Key(1), 1000) <= limit);
        Assert.False(table.Track(Key(1), 1000) <= limit);
        Assert.True(table.Track(Key(2), 1000) <= limit);
    }

    [Fact]
    public void Who_keeps_knocking_stays_out_and_who_waits_comes_in()
    {
        const uint limit = 50;
        var table = Table();
        var now = 0u;
        for (; now < 1000; now += 20)
            table.Track(Key(1), now);
        for (; now < 60_000; now += 50)
            Assert.False(table.Track(Key(1), now) <= limit);
        Assert.True(table.Track(Key(1), now + 10_000) <= limit);
    }

    [Fact]
    public void The_rate_can_be_read_without_counting()
    {
        var table = Table();
        Assert.Equal(0u, table.Rate(Key(1), 0));
        Assert.Equal(0, table.Count);
        table.Track(Key(1), 0);
        table.Track(Key(1), 0);
        Assert.Equal(2u, table.Rate(Key(1), 0));
        Assert.Equal(2u, table.Rate(Key(1), 0));
        Assert.Equal(1u, table.Rate(Key(1), 7500));
    }

    [Fact]
    public void A_full_table_forgets_the_address_unseen_for_longest()
    {
        var table = Table(capacity: 3);
        table.Track(Key(1), 0);
        table.Track(Key(2), 1);
        table.Track(Key(3), 2);
        table.Track(Key(1), 3);
        table.Track(Key(4), 4);

        Assert.Equal(3, table.Count);
        Assert.Equal(1, table.Evicted);
        Assert.Equal((2u, 0u, 1u, 1u), (table.Rate(Key(1), 4), table.Rate(Key(2), 4), table.Rate(Key(3), 4), table.Rate(Key(4), 4)));
    }

    [Fact]
    public void A_table_for_one_works()
    {
        var table = Table(capacity: 1);
        for (var i = 0; i < 10; i++)
            Assert.Equal(1u, table.Track(Key(i), 0));
        Assert.Equal(2u, table.Track(Key(9), 0));
        Assert.Equal((1, 9), (table.Count, table.Evicted));
    }

    [Fact]
    public void An_address_is_forgotten_after_the_expiry_time_and_not_before()
    {
        var table = Table();
        table.Track(Key(1), 0);
        table.Track(Key(2), 10);
        Assert.Equal(0, table.Expire(59_999, 100));
        Assert.Equal(1, table.Expire(60_000, 100));
        Assert.Equal(1, table.Expire(60_010, 100));
        Assert.Equal(0, table.Count);
        Assert.Equal(0, table.Evicted);
    }

    [Fact]
    public void Expiry_can_be_done_in_portions()
    {
        var table = Table();
        for (var i = 0; i < 100; i++)
            table.Track(Key(i), 0);
        Assert.Equal(40, table.Expire(60_000, 40));
        Assert.Equal(60, table.Count);
        Assert.Equal(60, table.Expire(60_000, 100));
    }

    [Fact]
    public void An_expired_table_shrinks_while_it_is_used()
    {
        var table = Table();
        for (var i = 0; i < 100; i++)
            table.Track(Key(i), 0);
        for (var i = 0; i < 50; i++)
            table.Track(Key(1000), 60_000);
        Assert.Equal(1, table.Count);
    }

    [Fact]
    public void An_emptied_table_goes_on_working()
    {
        var table = Table();
        for (var round = 0u; round < 3; round++)
        {
            for (var i = 0; i < 700; i++)
                Assert.Equal(1u, table.Track(Key(i), round * 100_000));
            Assert.Equal(700, table.Count);
            Assert.Equal(700, table.Expire(round * 100_000 + 60_000, int.MaxValue));
        }
    }

    [Fact]
    public void The_clock_may_wrap_around()
    {
        var start = uint.MaxValue - 30_000;
        var table = Table(capacity: 2);
        table.Track(Key(1), start);
        table.Track(Key(2), start + 40_000);
        Assert.Equal(0, table.Expire(start + 59_999, 10));
        table.Track(Key(3), start + 59_999);
        Assert.Equal((0u, 1u), (table.Rate(Key(1), start + 59_999), table.Rate(Key(3), start + 59_999)));
        Assert.Equal(1, table.Expire(start + 100_000, 10));
    }

    [Theory]
    [InlineData(0, 5000, 60000)]
    [InlineData(1, 0, 60000)]
    [InlineData(1, 5000, 9999)]
    public void Settings_without_sense_are_refused(int capacity, int periodMs, int expireMs) =>
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new AddressTable(capacity, TimeSpan.FromMilliseconds(periodMs), TimeSpan.FromMilliseconds(expireMs)));

    [Fact]
    public void An_address_takes_less_than_64_bytes()
    {
        const int addresses = 300_000;
        var table = Table(addresses);
        table.Track(Key(0), 0);

        // All that was allocated, outgrown hash tables included, so an upper bound of what is held.
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 1; i < addresses; i++)
            table.Track(Key(i), 0);
        var perAddress = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)addresses;

        Assert.Equal(addresses, table.Count);
        Assert.InRange(perAddress, 1, 64);
    }

    [Fact]
    public void An_emptied_table_lets_go_of_its_storage()
    {
        var table = Table(20_000);
        var first = AllocatedByFilling();
        table.Expire(60_000, int.MaxValue);
        // Storage that was kept would be filled again without taking any.
        Assert.InRange(AllocatedByFilling(), first * 9 / 10, first);

        long AllocatedByFilling()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 20_000; i++)
                table.Track(Key(i), 0);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Fact]
    public void Tracking_a_known_address_allocates_nothing()
    {
        var table = Table();
        // The second call is the first one for a known address: what its first execution sets up is not counted.
        for (var i = 0; i < 2; i++)
            table.Track(Key(1), 0);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            table.Track(Key(1), 0);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Any_sequence_gives_what_a_plain_list_gives()
    {
        var step = Gen.Choose(0, 39).SelectMany(key => Gen.Choose(0, 30), (key, gap) => (Key: key, Gap: gap * gap * gap));
        Prop.ForAll(Gen.ArrayOf(step, 300).ToArbitrary(), Gen.Choose(1, 40).ToArbitrary(), (steps, capacity) =>
        {
            var table = Table(capacity);
            var model = new ModelTable(capacity);
            // Begins shortly before the clock wraps around.
            ulong now = uint.MaxValue - 20_000u;
            foreach (var (key, gap) in steps)
            {
                now += (ulong)gap;
                Assert.Equal(model.Track(key, now), table.Track(Key(key), unchecked((uint)now)));
                Assert.Equal(model.Rate(key + 1, now), table.Rate(Key(key + 1), unchecked((uint)now)));
                Assert.Equal(model.Count, table.Count);
            }
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(200));
    }

    /// <summary>The same rules in the plainest way: a list in order of last use, time that does not wrap.</summary>
    private sealed class ModelTable(int capacity)
    {
        private readonly List<Item> _items = [];

        public int Count => _items.Count;

        public uint Track(int key, ulong now)
        {
            for (var i = 0; i < 2 && _items.Count > 0 && now - _items[0].Seen >= 60_000; i++)
                _items.RemoveAt(0);
            var item = _items.Find(i => i.Key == key);
            if (item is null && _items.Count == capacity)
                _items.RemoveAt(0);
            item ??= new Item { Key = key, Tick = now };
            _items.Remove(item);
            _items.Add(item);
            item.Seen = now;

            var behind = now - item.Tick;
            if (behind >= 10_000)
                (item.Tick, item.Past, item.Current) = (now, 0, 0);
            else if (behind >= 5000)
                (item.Tick, item.Past, item.Current) = (item.Tick + 5000, item.Current, 0);
            item.Current++;
            return Rate(key, now);
        }

        public uint Rate(int key, ulong now)
        {
            var item = _items.Find(i => i.Key == key);
            if (item is null)
                return 0;
            var age = now - item.Tick;
            var (past, current, left) = age <= 5000 ? (item.Past, item.Current, 5000 - age)
                : age <= 10_000 ? (item.Current, 0u, 10_000 - age)
                : (0u, 0u, 0ul);
            return current == 0 && past == 1 ? 1 : (uint)(current + past * left / 5000);
        }

        private sealed class Item
        {
            public int Key;
            public ulong Tick;
            public ulong Seen;
            public uint Past;
            public uint Current;
        }
    }
}
