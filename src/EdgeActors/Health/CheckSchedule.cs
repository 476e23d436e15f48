using EdgeActors.Routing;
using EdgeActors.Settings;

namespace EdgeActors.Health;

/// <summary>When a server is checked next. Pure: time and chance are given.</summary>
public sealed class CheckSchedule(HealthSettings settings)
{
    /// <summary>So that pools of one server each are not all checked at the same moment, and yet soon.</summary>
    private static readonly TimeSpan MaxJitter = TimeSpan.FromMilliseconds(500);

    /// <summary>The servers of a pool share the interval between them, so that their checks never come all at once.</summary>
    /// <param name="index">The server's place in its pool, from 0.</param>
    /// <param name="servers">Servers of the pool.</param>
    /// <param name="random">0 to 1.</param>
    public TimeSpan First(int index, int servers, double random)
    {
        var share = settings.Interval / servers;
        return (share * index) + ((share < MaxJitter ? share : MaxJitter) * random);
    }

    /// <summary>How long from now.</summary>
    /// <param name="soon">Clients' connections have failed: as if it were in transition.</param>
    /// <param name="sinceStart">Of the last check. One that took longer than the interval is followed by the next at once.</param>
    /// <param name="random">0 to 1.</param>
    public TimeSpan Next(HealthPhase phase, bool soon, TimeSpan sinceStart, double random)
    {
        var interval = soon ? settings.FastInterval : Interval(phase);
        var left = interval + (interval * (settings.Spread / 100.0 * ((2 * random) - 1))) - sinceStart;
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private TimeSpan Interval(HealthPhase phase) => phase switch
    {
        HealthPhase.Up => settings.Interval,
        HealthPhase.Down => settings.DownInterval,
        _ => settings.FastInterval,
    };
}
