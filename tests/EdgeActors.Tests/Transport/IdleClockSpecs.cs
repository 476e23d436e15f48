using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Transport;

public class IdleClockSpecs
{
    // 1 timestamp = 1 ms, joined at 1000.
    private readonly ManualTime _time = new(frequency: 1000);
    private readonly RelayCounters _counters = new();

    public IdleClockSpecs() => _counters.Join(1000, hello: 517);

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);

    private (TimeSpan? Left, CloseReason Reason) At(long now, RelayTimeouts timeouts) => IdleClock.Left(timeouts, _counters, now, _time);

    [Fact]
    public void Silence_from_the_join_on_ends_at_the_limit_and_not_before()
    {
        var fiveMinutes = new RelayTimeouts(S(300));
        Assert.Equal((S(0.001), CloseReason.TunnelTimeout), At(300_999, fiveMinutes));
        Assert.Equal((TimeSpan.Zero, CloseReason.TunnelTimeout), At(301_000, fiveMinutes));
        Assert.Equal((S(-1), CloseReason.TunnelTimeout), At(302_000, fiveMinutes));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_byte_in_either_direction_keeps_both_alive(bool up)
    {
        if (up)
            _counters.Add(up: true, 1, 200_000);
        else
            _counters.Add(up: false, 1, 200_000);
        Assert.Equal((S(1), CloseReason.TunnelTimeout), At(499_000, new RelayTimeouts(S(300))));
    }

    [Theory]
    [InlineData(10.0, 20.0, 10.0, CloseReason.ClientTimeout)]
    [InlineData(20.0, 10.0, 10.0, CloseReason.ServerTimeout)]
    [InlineData(20.0, 20.0, 20.0, CloseReason.ClientTimeout)]
    [InlineData(null, 20.0, 20.0, CloseReason.ServerTimeout)]
    [InlineData(20.0, null, 20.0, CloseReason.ClientTimeout)]
    public void Without_a_tunnel_limit_the_shorter_one_of_the_sides_counts(
        double? client, double? server, double left, CloseReason reason) =>
        Assert.Equal((S(left), reason), At(1000, new RelayTimeouts(null, ToSpan(client), ToSpan(server))));

    [Fact]
    public void A_tunnel_limit_replaces_those_of_the_sides() =>
        Assert.Equal((S(300), CloseReason.TunnelTimeout), At(1000, new RelayTimeouts(S(300), S(1), S(1))));

    [Fact]
    public void Without_any_limit_silence_may_last() => Assert.Null(At(long.MaxValue / 2, new RelayTimeouts(null)).Left);

    [Fact]
    public void A_server_that_was_sent_a_fin_has_a_limit_of_its_own_from_then_on()
    {
        var timeouts = new RelayTimeouts(S(300), ClientFin: S(5), ServerFin: S(7));
        Assert.Equal((S(300), CloseReason.TunnelTimeout), At(1000, timeouts));
        _counters.Finish(up: true, 100_000);
        Assert.Equal((S(6), CloseReason.ServerTimeout), At(101_000, timeouts));
        _counters.Add(up: false, 1, 102_000);
        Assert.Equal((S(7), CloseReason.ServerTimeout), At(102_000, timeouts));
    }

    [Fact]
    public void A_client_that_was_sent_a_fin_has_a_limit_of_its_own_from_then_on()
    {
        var timeouts = new RelayTimeouts(S(300), ClientFin: S(5), ServerFin: S(7));
        _counters.Finish(up: false, 100_000);
        Assert.Equal((S(4), CloseReason.ClientTimeout), At(101_000, timeouts));
    }

    [Fact]
    public void Without_a_limit_for_half_a_connection_that_of_the_whole_goes_on_from_the_fin()
    {
        _counters.Finish(up: false, 100_000);
        Assert.Equal((S(300), CloseReason.TunnelTimeout), At(100_000, new RelayTimeouts(S(300))));
    }

    private static TimeSpan? ToSpan(double? seconds) => seconds is { } s ? S(s) : null;
}
