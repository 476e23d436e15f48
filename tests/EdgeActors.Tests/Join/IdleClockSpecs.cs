using EdgeActors.Join;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Join;

public class IdleClockSpecs
{
    private static readonly RelayTimeouts FiveMinutes = new(TimeSpan.FromMinutes(5));

    // 1 timestamp = 1 ms, joined at 1000.
    private readonly ManualTime _time = new(frequency: 1000);
    private readonly RelayCounters _counters = new();

    public IdleClockSpecs() => _counters.Join(1000, hello: 517);

    private LinkCause At(long now) => IdleClock.Expired(FiveMinutes, _counters, now, _time);

    [Fact]
    public void Silence_from_the_join_on_ends_at_the_limit_and_not_before()
    {
        Assert.Equal(LinkCause.None, At(300_999));
        Assert.Equal(LinkCause.TunnelTimeout, At(301_000));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_byte_in_either_direction_keeps_both_alive(bool up)
    {
        if (up)
            _counters.AddUp(1, 200_000);
        else
            _counters.AddDown(1, 200_000);
        Assert.Equal(LinkCause.None, At(499_999));
        Assert.Equal(LinkCause.TunnelTimeout, At(500_000));
    }
}
