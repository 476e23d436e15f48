using EdgeActors.Admission;

namespace EdgeActors.Tests.Admission;

public class RateClockSpecs
{
    [Theory]
    [InlineData(1_000_000_000, 0, 0u)]
    [InlineData(1_000_000_000, 1_999_999, 1u)]
    [InlineData(1_000_000_000, 5_000_000_000, 5000u)]
    [InlineData(10_000_000, 50_000_000, 5000u)]
    [InlineData(1_000_000_000, 4_294_967_296_000_000 + 7_000_000, 7u)] // 49.7 days later it begins anew
    public void Milliseconds_are_counted_whatever_the_frequency(long frequency, long timestamp, uint expected)
    {
        var time = new ManualTime(frequency);
        time.MoveTo(timestamp);
        Assert.Equal(expected, RateClock.Now(time));
    }
}
