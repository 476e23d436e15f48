using EdgeHost.Redirect;
using Microsoft.Extensions.Time.Testing;

namespace EdgeHost.Tests.Redirect;

public sealed class AcceptPaceSpecs
{
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void As_many_as_the_rate_come_at_once_and_the_next_a_second_after_the_first()
    {
        var pace = new AcceptPace(3, _time);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(TimeSpan.Zero, pace.Wait());
            pace.Count();
            _time.Advance(100 * Millisecond);
        }
        Assert.Equal(700 * Millisecond, pace.Wait());
        _time.Advance(699 * Millisecond);
        Assert.Equal(Millisecond, pace.Wait());
        _time.Advance(Millisecond);
        Assert.Equal(TimeSpan.Zero, pace.Wait());
        pace.Count();
        Assert.Equal(100 * Millisecond, pace.Wait());
    }

    [Fact]
    public void No_second_holds_more_than_the_rate_wherever_it_begins()
    {
        const int Rate = 128;
        var pace = new AcceptPace(Rate, _time);
        var random = new Random(7);
        var times = new List<TimeSpan>();
        var now = TimeSpan.Zero;
        while (times.Count < 2000)
        {
            // Sometimes a flood, sometimes nobody.
            var pause = Millisecond * (random.Next(10) == 0 ? random.Next(1500) : 0);
            var wait = pace.Wait();
            _time.Advance(pause > wait ? pause : wait);
            now += pause > wait ? pause : wait;
            pace.Count();
            times.Add(now);
        }
        for (var i = Rate; i < times.Count; i++)
            Assert.True(times[i] - times[i - Rate] >= TimeSpan.FromSeconds(1), $"{i}");
    }

    [Fact]
    public void Without_a_rate_nobody_waits()
    {
        var pace = new AcceptPace(null, _time);
        for (var i = 0; i < 1000; i++)
        {
            Assert.Equal(TimeSpan.Zero, pace.Wait());
            pace.Count();
        }
    }
}
