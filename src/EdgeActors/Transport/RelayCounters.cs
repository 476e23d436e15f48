using EdgeActors.Settings;

namespace EdgeActors.Transport;

/// <summary>The counters of a joined connection. Written by the transport's thread only; readers may lag by one chunk, but values are never
/// torn or decreasing.</summary>
public sealed class RelayCounters
{
    private long _up, _down, _lastUp, _lastDown, _joinedAt, _endedAt;
    private bool _upFinished, _downFinished;

    /// <summary>Bytes from client to server, including the hello, without the preface.</summary>
    public long BytesUp => Volatile.Read(ref _up);

    public long BytesDown => Volatile.Read(ref _down);

    /// <summary>Timestamp of the client's last byte or FIN; initially of the join.</summary>
    public long LastUp => Volatile.Read(ref _lastUp);

    /// <summary>Timestamp of the server's last byte or FIN; initially of the join.</summary>
    public long LastDown => Volatile.Read(ref _lastDown);

    /// <summary>Timestamp of the join; 0 before.</summary>
    public long JoinedAt => Volatile.Read(ref _joinedAt);

    /// <summary>Timestamp of the end; 0 before.</summary>
    public long EndedAt => Volatile.Read(ref _endedAt);

    /// <summary>The client's FIN was relayed.</summary>
    public bool UpFinished => Volatile.Read(ref _upFinished);

    /// <summary>The server's FIN was relayed.</summary>
    public bool DownFinished => Volatile.Read(ref _downFinished);

    internal void Join(long now, int hello)
    {
        Volatile.Write(ref _up, hello);
        Volatile.Write(ref _lastUp, now);
        Volatile.Write(ref _lastDown, now);
        Volatile.Write(ref _joinedAt, now);
    }

    /// <param name="up">True: client to server.</param>
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

    /// <summary>Continues the counters of another process.</summary>
    internal void Restore(LinkHandover from)
    {
        (_up, _down, _lastUp, _lastDown) = (from.Up.Bytes, from.Down.Bytes, from.LastUp, from.LastDown);
        (_upFinished, _downFinished) = (from.Up.Finished, from.Down.Finished);
        Volatile.Write(ref _joinedAt, from.JoinedAt);
    }

    internal void End(long now) => Volatile.Write(ref _endedAt, now);
}

/// <summary>The idle timeouts of a joined connection. Pure. A byte or FIN in either direction counts as activity, so a one-way download
/// stays open.</summary>
public static class IdleClock
{
    /// <param name="now">A <see cref="TimeProvider.GetTimestamp"/> of <paramref name="time"/>.</param>
    /// <returns>The time left (zero or less: expired; null: no limit) and the close reason.</returns>
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
