using EdgeActors.Transport.Epoll;

namespace EdgeActors.Tests.Transport.Epoll;

public sealed class TimerWheelSpecs
{
    private readonly TimerWheel _wheel = new(0);
    private readonly List<string> _fired = [];

    private sealed class Timer(string name, List<string> fired, Action<Timer, long>? also = null) : WheelTimer
    {
        public override void OnTimer(long now)
        {
            fired.Add($"{name}@{now}");
            also?.Invoke(this, now);
        }
    }

    private Timer New(string name, Action<Timer, long>? also = null) => new(name, _fired, also);

    private void AdvanceTo(long target, int step = 10)
    {
        for (var now = 0L; now <= target; now += step)
            _wheel.Advance(now);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(49)]
    [InlineData(50)]
    [InlineData(51)]
    [InlineData(1000)]
    [InlineData(TimerWheel.Slots * TimerWheel.TickMs - 1)]
    [InlineData(TimerWheel.Slots * TimerWheel.TickMs)]
    [InlineData(TimerWheel.Slots * TimerWheel.TickMs + 1)]
    [InlineData(5 * 60 * 1000)]
    public void A_timer_fires_once_not_early_and_at_most_a_tick_late(long due)
    {
        _wheel.Set(New("a"), due);
        AdvanceTo(due + 1000);
        var at = long.Parse(Assert.Single(_fired)[2..]);
        Assert.InRange(at, due, due + TimerWheel.TickMs + 10);
        Assert.Equal(0, _wheel.Count);
    }

    [Fact]
    public void A_cancelled_timer_does_not_fire()
    {
        var timers = Enumerable.Range(0, 3).Select(i => New($"{i}")).ToArray();
        foreach (var timer in timers)
            _wheel.Set(timer, 100);
        _wheel.Cancel(timers[1]);
        _wheel.Cancel(timers[1]);
        AdvanceTo(500);
        Assert.Equal(2, _fired.Count);
        Assert.DoesNotContain(_fired, f => f[0] == '1');
    }

    [Fact]
    public void Setting_again_moves_the_deadline()
    {
        var timer = New("a");
        _wheel.Set(timer, 100);
        _wheel.Set(timer, 900);
        Assert.Equal(1, _wheel.Count);
        AdvanceTo(2000);
        Assert.InRange(long.Parse(Assert.Single(_fired)[2..]), 900, 960);
    }

    [Fact]
    public void A_timer_may_set_itself_again()
    {
        var times = 0;
        _wheel.Set(New("a", (self, now) =>
        {
            if (++times < 3)
                _wheel.Set(self, now + 200);
        }), 200);
        AdvanceTo(5000);
        Assert.Equal(3, times);
    }

    [Fact]
    public void A_timer_may_cancel_the_others_of_its_slot()
    {
        var timers = new Timer[5];
        for (var i = 0; i < timers.Length; i++)
        {
            timers[i] = New($"{i}", (self, _) =>
            {
                foreach (var other in timers)
                    _wheel.Cancel(other);
            });
            _wheel.Set(timers[i], 100);
        }
        AdvanceTo(500);
        Assert.Single(_fired);
        Assert.Equal(0, _wheel.Count);
    }

    [Fact]
    public void A_long_sleep_skips_no_timer()
    {
        for (var i = 0; i < 100; i++)
            _wheel.Set(New($"{i:D3}"), i * 1000);
        _wheel.Advance(1_000_000);
        Assert.Equal(100, _fired.Count);
    }

    [Fact]
    public void Sleeping_lasts_for_ever_without_a_timer_and_a_tick_at_most_with_one()
    {
        Assert.Equal(-1, _wheel.SleepMs(0));
        _wheel.Set(New("a"), 100_000);
        for (var now = 0; now < 200; now++)
            Assert.InRange(_wheel.SleepMs(now), 1, TimerWheel.TickMs);
    }

    [Fact]
    public void It_does_as_a_sorted_list_would()
    {
        var random = new Random(7);
        var due = new Dictionary<int, long>();
        var timers = new Dictionary<int, Timer>();
        var fired = new Dictionary<int, long>();
        var now = 0L;
        for (var step = 0; step < 20_000; step++)
        {
            var id = random.Next(200);
            if (!timers.TryGetValue(id, out var timer))
            {
                timers[id] = timer = new Timer($"{id}", [], (_, at) =>
                {
                    fired[id] = at;
                    Assert.True(due.Remove(id, out var was));
                    Assert.InRange(at, was, was + TimerWheel.TickMs + 130);
                });
            }
            if (random.Next(4) == 0)
            {
                _wheel.Cancel(timer);
                due.Remove(id);
            }
            else
            {
                due[id] = now + random.Next(100_000);
                _wheel.Set(timer, due[id]);
            }
            Assert.Equal(due.Count, _wheel.Count);
            now += random.Next(130);
            _wheel.Advance(now);
        }
        Assert.True(fired.Count > 100);
    }
}
