using EdgeActors.Health;
using EdgeActors.Routing;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Health;

public class CheckScheduleSpecs
{
    private static readonly HealthSettings Settings = TestSettings.Health() with
    {
        Interval = TimeSpan.FromSeconds(10),
        FastInterval = TimeSpan.FromSeconds(1),
        DownInterval = TimeSpan.FromSeconds(5),
    };

    private static double Next(HealthPhase phase, bool soon = false, double since = 0, double random = 0.5, int spread = 0) =>
        new CheckSchedule(Settings with { Spread = spread }).Next(phase, soon, TimeSpan.FromSeconds(since), random).TotalSeconds;

    [Theory]
    [InlineData(HealthPhase.Up, 10)]
    [InlineData(HealthPhase.Transition, 1)]
    [InlineData(HealthPhase.Down, 5)]
    public void Each_phase_has_its_interval(HealthPhase phase, double seconds) => Assert.Equal(seconds, Next(phase));

    [Theory]
    [InlineData(HealthPhase.Up)]
    [InlineData(HealthPhase.Down)]
    public void Soon_it_is_the_fast_one(HealthPhase phase) => Assert.Equal(1, Next(phase, soon: true));

    [Theory]
    [InlineData(0, 10)]
    [InlineData(2.5, 7.5)]
    [InlineData(9.999, 0.001)]
    [InlineData(10, 0)]
    [InlineData(10.001, 0)] // took longer: at once, never in the past
    public void It_counts_from_the_start_of_the_last_check(double since, double seconds) =>
        Assert.Equal(seconds, Next(HealthPhase.Up, since: since), 6);

    [Theory]
    [InlineData(0, 0.0, 10)]
    [InlineData(5, 0.0, 9.5)]
    [InlineData(5, 0.5, 10)]
    [InlineData(5, 1.0, 10.5)]
    [InlineData(50, 0.0, 5)]
    [InlineData(50, 1.0, 15)]
    public void Chance_moves_it_by_the_spread_at_most(int spread, double random, double seconds) =>
        Assert.Equal(seconds, Next(HealthPhase.Up, random: random, spread: spread), 6);

    [Theory]
    [InlineData(0, 4, 0.0, 0)]
    [InlineData(1, 4, 0.0, 2.5)]
    [InlineData(3, 4, 0.0, 7.5)]
    [InlineData(0, 1, 1.0, 0.5)] // half a second of chance
    [InlineData(3, 4, 1.0, 8)]
    [InlineData(1, 64, 1.0, 0.3125)] // never as much as the next one's turn
    public void The_servers_of_a_pool_begin_one_after_the_other(int index, int servers, double random, double seconds) =>
        Assert.Equal(seconds, new CheckSchedule(Settings).First(index, servers, random).TotalSeconds, 6);
}
