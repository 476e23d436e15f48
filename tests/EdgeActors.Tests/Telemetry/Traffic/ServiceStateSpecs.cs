using System.Diagnostics;
using EdgeActors.Telemetry.Traffic;

namespace EdgeActors.Tests.Telemetry.Traffic;

public class ServiceStateSpecs
{
    private static long At(double seconds) => (long)(seconds * Stopwatch.Frequency);

    [Fact]
    public void Time_down_adds_up_and_times_down_are_counted()
    {
        var traffic = new ServerTraffic();
        traffic.Is(up: true, At(10));
        traffic.Is(up: true, At(15));
        Assert.Equal((TimeSpan.FromSeconds(8), TimeSpan.Zero, 0), Facts(traffic, At(18)));
        traffic.Is(up: false, At(20));
        Assert.Equal((TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3), 1), Facts(traffic, At(23)));
        traffic.Is(up: true, At(25));
        traffic.Is(up: false, At(30));
        Assert.Equal((TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(6), 2), Facts(traffic, At(31)));
    }

    [Fact]
    public void One_that_starts_as_down_has_not_gone_down()
    {
        var traffic = new ServerTraffic();
        traffic.Is(up: false, At(10));
        Assert.Equal((TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2), 0), Facts(traffic, At(12)));
    }

    [Fact]
    public void Before_anything_is_known_there_is_no_time()
    {
        Assert.Equal((TimeSpan.Zero, TimeSpan.Zero, 0), Facts(new ServerTraffic(), At(12)));
    }

    private static (TimeSpan Lasts, TimeSpan Downtime, int TimesDown) Facts(ServerTraffic traffic, long now) =>
        (traffic.State.Lasts(now), traffic.State.Downtime(now), traffic.State.TimesDown);
}
