using System.Globalization;
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
        var interval = phase switch
        {
            HealthPhase.Up when !soon => settings.Interval,
            HealthPhase.Down when !soon => settings.DownInterval,
            _ => settings.FastInterval,
        };
        var left = interval + (interval * (settings.Spread / 100.0 * ((2 * random) - 1))) - sinceStart;
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}

/// <summary>The log's words on a certificate. It is reported only: clients verify it.</summary>
public static class CertificateExpiry
{
    /// <summary>Most renewals are due a month ahead; with two weeks left, one was missed.</summary>
    public static readonly TimeSpan Notice = TimeSpan.FromDays(14);

    public static bool IsNear(DateTimeOffset expires, DateTimeOffset now) => expires - now < Notice;

    public static string Words(DateTimeOffset expires, DateTimeOffset now) => string.Create(
        CultureInfo.InvariantCulture,
        $"its certificate {(expires <= now ? "has expired" : $"expires in {(int)(expires - now).TotalDays} day(s)")}, "
        + $"at {expires.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}");
}
