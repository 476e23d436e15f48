using EdgeActors.Admission;
using FsCheck;
using FsCheck.Fluent;

namespace EdgeActors.Tests.Admission;

public class ConnectionRateCounterSpecs
{
    private const uint Period = 5000;

    private static ConnectionRateCounter After(uint start, int events)
    {
        var counter = new ConnectionRateCounter(start);
        for (var i = 0; i < events; i++)
            counter.Add(start, Period);
        return counter;
    }

    [Fact]
    public void Events_of_one_moment_are_all_counted()
    {
        var counter = new ConnectionRateCounter(0);
        for (var i = 1u; i <= 51; i++)
            Assert.Equal(i, counter.Add(0, Period));
    }

    [Theory]
    [InlineData(0, 50)]
    [InlineData(4999, 50)]
    [InlineData(5000, 50)]
    [InlineData(5001, 49)] // 50 · 4999 / 5000, rounded down
    [InlineData(6000, 40)]
    [InlineData(7500, 25)]
    [InlineData(9900, 1)]
    [InlineData(9901, 0)]
    [InlineData(10000, 0)]
    [InlineData(10001, 0)]
    [InlineData(1000000, 0)]
    public void A_burst_of_50_fades_through_the_second_period(uint later, uint rate) =>
        Assert.Equal(rate, After(0, 50).Read(later, Period));

    [Theory]
    [InlineData(4999, 51)]
    [InlineData(5000, 51)] // past 50 at full weight
    [InlineData(6000, 41)]
    [InlineData(7500, 26)]
    [InlineData(9999, 1)]
    [InlineData(10000, 1)] // two periods behind: begins afresh
    public void A_further_event_counts_on_top_of_what_is_left(uint later, uint rate)
    {
        var counter = After(0, 50);
        Assert.Equal(rate, counter.Add(later, Period));
    }

    [Fact]
    public void An_event_two_periods_later_begins_a_new_period_at_its_own_time()
    {
        var counter = After(0, 50);
        counter.Add(10500, Period);
        Assert.Equal(2u, counter.Add(15499, Period));
        Assert.Equal(3u, counter.Add(15500, Period));
    }

    [Theory]
    [InlineData(5000, 1)]
    [InlineData(7500, 1)]
    [InlineData(10000, 1)]
    [InlineData(10001, 0)]
    public void A_single_event_counts_until_its_window_ends(uint later, uint rate) =>
        Assert.Equal(rate, After(0, 1).Read(later, Period));

    [Fact]
    public void The_clock_may_wrap_around()
    {
        var start = uint.MaxValue - 1000;
        var counter = After(start, 50);
        Assert.Equal(50u, counter.Read(start + 5000, Period));
        Assert.Equal(25u, counter.Read(start + 7500, Period));
        Assert.Equal(26u, counter.Add(start + 7500, Period));
        Assert.Equal(0u, After(start, 50).Read(start + 10000, Period));
    }

    [Fact]
    public void Whatever_the_times_the_rate_counts_this_event_and_none_older_than_two_periods() =>
        Prop.ForAll<byte[]>(gaps =>
        {
            var counter = new ConnectionRateCounter(0);
            var times = new List<uint>();
            var now = 0u;
            foreach (var gap in gaps)
            {
                now += gap * 40u;
                times.Add(now);
                var rate = counter.Add(now, Period);
                Assert.InRange(rate, 1u, (uint)times.Count(t => now - t < 2 * Period));
            }
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(500));
}
