using EdgeActors.Settings;

namespace EdgeActors.Transport;

/// <summary>
/// How much longer a joined connection may be silent, and whose fault it is when that is over. Pure. Only silence in both directions counts,
/// so a one-way download keeps its connection alive; a FIN is a sign of life, too.
/// </summary>
public static class IdleClock
{
    /// <param name="now">A <see cref="TimeProvider.GetTimestamp"/> of <paramref name="time"/>.</param>
    /// <returns>What is left, zero or less when it is over; null when there is no limit. And the reason of an end by it.</returns>
    public static (TimeSpan? Left, CloseReason Reason) Left(RelayTimeouts timeouts, RelayCounters counters, long now, TimeProvider time)
    {
        var (limit, reason) = Limit(timeouts, counters);
        return (limit - time.GetElapsedTime(Math.Max(counters.LastUp, counters.LastDown), now), reason);
    }

    private static (TimeSpan? Limit, CloseReason Reason) Limit(RelayTimeouts timeouts, RelayCounters counters)
    {
        if (counters.DownFinished && timeouts.ClientFin is { } clientFin)
            return (clientFin, CloseReason.ClientTimeout);
        if (counters.UpFinished && timeouts.ServerFin is { } serverFin)
            return (serverFin, CloseReason.ServerTimeout);
        if (timeouts.Tunnel is { } tunnel)
            return (tunnel, CloseReason.TunnelTimeout);
        return timeouts.Server is { } server && (timeouts.Client is not { } client || server < client)
            ? (server, CloseReason.ServerTimeout)
            : (timeouts.Client, CloseReason.ClientTimeout);
    }
}
