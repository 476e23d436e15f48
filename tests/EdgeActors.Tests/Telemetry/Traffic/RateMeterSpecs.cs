using System.Diagnostics;
using EdgeActors.Telemetry.Traffic;

namespace EdgeActors.Tests.Telemetry.Traffic;

public class RateMeterSpecs
{
    /// <summary>Seconds as a timestamp, with a second that begins at each whole number.</summary>
    private static long At(double seconds) => (long)(seconds * Stopwatch.Frequency);

    [Fact]
    public void A_quiet_meter_says_none()
    {
        var meter = default(RateMeter);
        Assert.Equal((0, 0), (meter.PerSecond(At(100)), meter.Max));
    }

    [Fact]
    public void What_came_in_this_second_counts_whole_and_what_came_in_the_one_before_by_its_share()
    {
        var meter = default(RateMeter);
        for (var i = 0; i < 8; i++)
            meter.Count(At(100.5));
        Assert.Equal(8, meter.PerSecond(At(100.9)));
        Assert.Equal(8, meter.PerSecond(At(101)));
        Assert.Equal(4, meter.PerSecond(At(101.5)));
        meter.Count(At(101.5));
        Assert.Equal(5, meter.PerSecond(At(101.5)));
        Assert.Equal(1, meter.PerSecond(At(102)));
        Assert.Equal(0, meter.PerSecond(At(103)));
    }

    [Fact]
    public void The_maximum_is_that_of_one_second_and_stays()
    {
        var meter = default(RateMeter);
        for (var i = 0; i < 5; i++)
            meter.Count(At(7.9));
        for (var i = 0; i < 4; i++)
            meter.Count(At(8.1));
        Assert.Equal(5, meter.Max);
    }

    [Fact]
    public void A_time_that_comes_late_counts_into_the_second_that_has_begun()
    {
        var meter = default(RateMeter);
        meter.Count(At(50.1));
        meter.Count(At(49.9));
        Assert.Equal(2, meter.PerSecond(At(50.1)));
    }

    [Fact]
    public void Nothing_is_lost_between_threads()
    {
        var meter = new Held();
        var now = At(1000.5);
        Parallel.For(0, 4, _ =>
        {
            for (var i = 0; i < 50_000; i++)
                meter.Rate.Count(now);
        });
        Assert.Equal((200_000, 200_000), (meter.Rate.PerSecond(now), meter.Rate.Max));
    }

    private sealed class Held
    {
        public RateMeter Rate;
    }
}
