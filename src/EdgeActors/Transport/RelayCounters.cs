using EdgeActors.Settings;

namespace EdgeActors.Transport;

/// <summary>
/// What a joined connection has moved. Written by the transport's thread alone, read by anyone: a reader may see one chunk less,
/// never a torn or falling number.
/// </summary>
public sealed class RelayCounters
{
    private long _up, _down, _lastUp, _lastDown, _joinedAt, _endedAt;
    private bool _upFinished, _downFinished;

    /// <summary>Bytes from client to server, the hello included, the preface not.</summary>
    public long BytesUp => Volatile.Read(ref _up);

    /// <summary>Bytes from server to client.</summary>
    public long BytesDown => Volatile.Read(ref _down);

    /// <summary>Timestamp of the client's last byte or FIN (of the join before the first).</summary>
    public long LastUp => Volatile.Read(ref _lastUp);

    /// <summary>Timestamp of the server's last byte or FIN (of the join before the first).</summary>
    public long LastDown => Volatile.Read(ref _lastDown);

    /// <summary>Timestamp of the join; 0 before.</summary>
    public long JoinedAt => Volatile.Read(ref _joinedAt);

    /// <summary>Timestamp of the end; 0 before.</summary>
    public long EndedAt => Volatile.Read(ref _endedAt);

    /// <summary>The client's FIN was passed on to the server.</summary>
    public bool UpFinished => Volatile.Read(ref _upFinished);

    /// <summary>The server's FIN was passed on to the client.</summary>
    public bool DownFinished => Volatile.Read(ref _downFinished);

    internal void Join(long now, int hello)
    {
        Volatile.Write(ref _up, hello);
        Volatile.Write(ref _lastUp, now);
        Volatile.Write(ref _lastDown, now);
        Volatile.Write(ref _joinedAt, now);
    }

    /// <param name="up">From client to server; otherwise from server to client.</param>
    internal void Add(bool up, int bytes, long now)
    {
        ref var total = ref up ? ref _up : ref _down;
        Volatile.Write(ref total, total + bytes);
        Volatile.Write(ref up ? ref _lastUp : ref _lastDown, now);
    }

    internal void Finish(bool up, long now)
    {
        Volatile.Write(ref up ? ref _lastUp : ref _lastDown, now);
        Volatile.Write(ref up ? ref _upFinished : ref _downFinished, true);
    }

    internal void End(long now) => Volatile.Write(ref _endedAt, now);
}

/// <summary>
/// How much longer a joined connection may be silent, and whose fault it is when that is over. Pure. Only silence in both directions
/// counts,
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
