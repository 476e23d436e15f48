using EdgeActors.Transport;

namespace EdgeActors.Join;

/// <summary>
/// Which inactivity limit of a joined connection has passed, if any. Pure. The tunnel limit is broken only when both directions are
/// silent for it, so a one-way download keeps its connection alive.
/// </summary>
public static class IdleClock
{
    /// <param name="now">A <see cref="TimeProvider.GetTimestamp"/> of <paramref name="time"/>.</param>
    public static LinkCause Expired(RelayTimeouts timeouts, RelayCounters counters, long now, TimeProvider time) =>
        time.GetElapsedTime(Math.Max(counters.LastUp, counters.LastDown), now) >= timeouts.Tunnel
            ? LinkCause.TunnelTimeout
            : LinkCause.None;
}
