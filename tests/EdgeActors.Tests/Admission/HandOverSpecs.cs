using EdgeActors.Admission;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Admission;

/// <summary>Counts that go from one table to another, whose clock has another beginning.</summary>
public sealed class HandOverSpecs
{
    private const uint Period = 5000;

    private static readonly AddressKey A = new(0, 1), B = new(0, 2), C = new(0, 3);

    private static AddressTable Table(int capacity = 100) => new(capacity, TimeSpan.FromMilliseconds(Period), TimeSpan.FromSeconds(60));

    private static void Track(AddressTable table, AddressKey key, int times, uint at)
    {
        for (var i = 0; i < times; i++)
            table.Track(key, at);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4999)]
    [InlineData(5000)]
    [InlineData(7500)]
    [InlineData(9999)]
    [InlineData(10_000)]
    [InlineData(123_456)]
    public void A_counter_reads_the_same_behind_another_clock(uint later)
    {
        var counter = new ConnectionRateCounter(1000);
        for (var at = 1000u; at < 3000; at += 50)
            counter.Add(at, Period);
        var now = 2950 + later;
        var other = new ConnectionRateCounter(4_000_000_000);
        other.Add(counter.History(now, Period), 4_000_000_000, Period);
        for (var more = 0u; more < 12_000; more += 500)
            Assert.Equal(counter.Read(now + more, Period), other.Read(unchecked(4_000_000_000 + more), Period));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1999)]
    [InlineData(2000)]
    [InlineData(6999)]
    [InlineData(7000)]
    [InlineData(20_000)]
    public void What_was_said_some_time_ago_is_what_would_be_said_now(uint later)
    {
        var counter = new ConnectionRateCounter(1000);
        for (var at = 1000u; at <= 4000; at += 100)
            counter.Add(at, Period);
        Assert.Equal(counter.History(4000 + later, Period), counter.History(4000, Period).After(later, Period));
    }

    [Fact]
    public void Two_counts_of_one_address_become_their_sum()
    {
        var (here, there) = (Table(), Table());
        Track(here, A, 20, 1000);
        Track(there, A, 31, 9_000_000);
        var (_, history) = Assert.Single(there.Counting(25, 10, 9_000_000));
        here.Add(A, history, 1000);
        Assert.Equal(51u, here.Rate(A, 1000));
        Assert.Equal(0u, here.Rate(A, 1000 + 2 * Period));
    }

    [Fact]
    public void Hot_addresses_are_told_first_then_the_others_the_last_seen_first()
    {
        var table = Table();
        Track(table, A, 26, 1000);
        Track(table, B, 25, 1001);
        Track(table, C, 50, 1002);
        var d = new AddressKey(0, 4);
        Track(table, d, 1, 1003);
        Assert.Equal([C, A, d, B], Told(10, 1003));
        Assert.Equal([C, A, d], Told(3, 1003));
        Assert.Equal([C, A], Told(2, 1003));
        Assert.Equal([C], Told(1, 1003));
        Assert.Empty(Told(10, 1003 + 2 * Period));

        IEnumerable<AddressKey> Told(int most, uint now) => table.Counting(25, most, now).Select(static one => one.Address);
    }

    [Fact]
    public void A_full_table_takes_a_handed_over_address_and_forgets_the_oldest()
    {
        var table = Table(capacity: 2);
        Track(table, A, 1, 0);
        Track(table, B, 1, 1);
        table.Add(C, new RateHistory(10, 40, 0), 2);
        Assert.Equal((2, 0u, 40u), (table.Count, table.Rate(A, 2), table.Rate(C, 2)));
    }

    [Fact]
    public void Tables_tell_what_counts_and_take_it_again()
    {
        var time = new ManualTime();
        time.Advance(TimeSpan.FromHours(1));
        var (from, to) = (new RateTables([null, TestSettings.RateLimit()], 1), new RateTables([null, TestSettings.RateLimit()], 1));
        for (var i = 0; i < 26; i++)
            Assert.True(from.Admit(1, B, time));
        Assert.True(from.Admit(1, A, time));
        var (listener, rates) = Assert.Single(from.Counting(10, time));
        Assert.Equal(1, listener);
        Assert.Equal([B, A], rates.Select(static one => one.Address));
        foreach (var (one, counted) in rates)
            to.Add(listener, one, counted, TimeSpan.Zero, time);
        for (var i = 27; i <= 50; i++)
            Assert.True(to.Admit(1, B, time));
        Assert.False(to.Admit(1, B, time));
        var (address, history) = rates[0];
        // For a listener that has no limit here, or is not here at all, there is nothing to do.
        to.Add(0, address, history, TimeSpan.Zero, time);
        to.Add(-1, address, history, TimeSpan.Zero, time);
        Assert.Equal(2, to.Count);
    }
}
