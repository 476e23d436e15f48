using EdgeActors.Listening;

namespace EdgeActors.Tests.Listening;

public class BackOffSpecs
{
    private readonly ManualTime _time = new();

    private static TimeSpan Ms(int milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    [Fact]
    public void Each_delay_is_twice_the_one_before_up_to_the_longest()
    {
        var backOff = new BackOff();
        TimeSpan[] delays = [.. Enumerable.Range(0, 9).Select(_ => backOff.Next(_time))];
        Assert.Equal([Ms(100), Ms(200), Ms(400), Ms(800), Ms(1600), Ms(3200), Ms(5000), Ms(5000), Ms(5000)], delays);
    }

    [Fact]
    public void A_quiet_minute_and_nothing_less_starts_over()
    {
        var backOff = new BackOff();
        backOff.Next(_time);
        _time.Advance(BackOff.Quiet - Ms(1));
        Assert.Equal(Ms(200), backOff.Next(_time));
        _time.Advance(BackOff.Quiet);
        Assert.Equal(Ms(100), backOff.Next(_time));
    }
}
