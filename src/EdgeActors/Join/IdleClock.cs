using EdgeActors.Transport;

namespace EdgeActors.Join;

/// <summary>
/// How much longer a joined connection may be silent, and whose fault it is when that is over. Pure. Only silence in both directions counts,
/// so a one-way download keeps its connection alive; a FIN is a sign of life, too.
/// </summary>
public static class IdleClock
{
    /// <param name="now">A <see cref="TimeProvider.GetTimestamp"/> of <paramref name="time"/>.</param>
    /// <returns>What is left, zero or less when it is over; null when there is no limit. And the cause of an end by it.</returns>
    public static (TimeSpan? Left, LinkCause Cause) Left(RelayTimeouts timeouts, RelayCounters counters, long now, TimeProvider time)
    {
        var (limit, cause) = Limit(timeouts, counters);
        return (limit - time.GetElapsedTime(Math.Max(counters.LastUp, counters.LastDown), now), cause);
    }

    private static (TimeSpan? Limit, LinkCause Cause) Limit(RelayTimeouts timeouts, RelayCounters counters)
    {
        if (counters.DownFinished && timeouts.ClientFin is { } clientFin)
            return (clientFin, LinkCause.ClientTimeout);
        if (counters.UpFinished && timeouts.ServerFin is { } serverFin)
            return (serverFin, LinkCause.ServerTimeout);
        if (timeouts.Tunnel is { } tunnel)
            return (tunnel, LinkCause.TunnelTimeout);
        return timeouts.Server is { } server && (timeouts.Client is not { } client || server < client)
            ? (server, LinkCause.ServerTimeout)
            : (timeouts.Client, LinkCause.ClientTimeout);
    }
}
