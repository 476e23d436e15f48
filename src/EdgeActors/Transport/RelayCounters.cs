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

    internal void AddUp(int bytes, long now)
    {
        Volatile.Write(ref _up, _up + bytes);
        Volatile.Write(ref _lastUp, now);
    }

    internal void AddDown(int bytes, long now)
    {
        Volatile.Write(ref _down, _down + bytes);
        Volatile.Write(ref _lastDown, now);
    }

    internal void FinishUp(long now)
    {
        Volatile.Write(ref _lastUp, now);
        Volatile.Write(ref _upFinished, true);
    }

    internal void FinishDown(long now)
    {
        Volatile.Write(ref _lastDown, now);
        Volatile.Write(ref _downFinished, true);
    }

    internal void End(long now) => Volatile.Write(ref _endedAt, now);
}
