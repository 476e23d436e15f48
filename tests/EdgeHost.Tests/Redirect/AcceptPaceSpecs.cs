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
            Assert.Equal(TimeSpan.Zero, pace.Reserve());
            _time.Advance(100 * Millisecond);
        }
        Assert.Equal(700 * Millisecond, pace.Reserve());
        Assert.Equal(800 * Millisecond, pace.Reserve());
        _time.Advance(1000 * Millisecond);
        Assert.Equal(TimeSpan.Zero, pace.Reserve());
        // The fourth came at 1,000 ms, and this is 1,300.
        Assert.Equal(700 * Millisecond, pace.Reserve());
    }

    [Fact]
    public void No_second_holds_more_than_the_rate_wherever_it_begins()
    {
        const int Rate = 128;
        var pace = new AcceptPace(Rate, _time);
        var random = new Random(7);
        var times = new List<DateTimeOffset>();
        while (times.Count < 2000)
        {
            // Sometimes a flood, sometimes nobody.
            _time.Advance(Millisecond * (random.Next(10) == 0 ? random.Next(1500) : 0));
            times.Add(_time.GetUtcNow() + pace.Reserve());
        }
        for (var i = Rate; i < times.Count; i++)
            Assert.True(times[i] - times[i - Rate] >= TimeSpan.FromSeconds(1), $"{i}");
    }

    [Fact]
    public void Without_a_rate_nobody_waits()
    {
        var pace = new AcceptPace(null, _time);
        for (var i = 0; i < 1000; i++)
            Assert.Equal(TimeSpan.Zero, pace.Reserve());
    }
}
