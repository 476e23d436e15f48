using EdgeActors.Telemetry.Traffic;

namespace EdgeActors.Tests.Telemetry.Traffic;

public class SlidingAverageSpecs
{
    private static TimeSpan Ms(double ms) => TimeSpan.FromMilliseconds(ms);

    [Fact]
    public void Without_samples_it_is_zero() => Assert.Equal(TimeSpan.Zero, default(SlidingAverage).Average(0));

    [Fact]
    public void The_first_ones_have_their_plain_average()
    {
        var average = default(SlidingAverage);
        average.Add(Ms(10), 1);
        average.Add(Ms(30), 2);
        Assert.Equal((Ms(20), Ms(30)), (average.Average(2), average.Max));
    }

    [Fact]
    public void After_a_window_of_them_new_ones_have_the_say()
    {
        var average = default(SlidingAverage);
        var samples = 0L;
        for (; samples < SlidingAverage.Window;)
            average.Add(Ms(100), ++samples);
        Assert.Equal(Ms(100), average.Average(samples));
        average.Add(Ms(1124), ++samples);
        Assert.Equal(101, average.Average(samples).TotalMilliseconds, tolerance: 0.01);
        for (var i = 0; i < 20 * SlidingAverage.Window; i++)
            average.Add(Ms(2), ++samples);
        Assert.Equal(2, average.Average(samples).TotalMilliseconds, tolerance: 0.01);
        Assert.Equal(Ms(1124), average.Max);
    }

    [Fact]
    public void A_clock_that_goes_backwards_counts_as_none()
    {
        var average = default(SlidingAverage);
        average.Add(Ms(-5), 1);
        Assert.Equal((TimeSpan.Zero, TimeSpan.Zero), (average.Average(1), average.Max));
    }
}
