using System.Runtime.InteropServices;

namespace EdgeActors.Telemetry.Traffic;

/// <summary>What backends and their servers count beside sessions. Anyone counts and reads, but for <see cref="State"/>.</summary>
public abstract class PoolTraffic : SessionTraffic
{
    private Served _served;
    private long _again, _retries, _redispatches;
    private ServiceState _state = ServiceState.Unknown;

    public abstract long Chosen { get; }

    public long Attempts => Chosen + Volatile.Read(ref _again);

    /// <summary>Failed connects after which the same server was dialled again.</summary>
    public long Retries => Volatile.Read(ref _retries);

    /// <summary>Failed connects after which another server was dialled.</summary>
    public long Redispatches => Volatile.Read(ref _redispatches);

    /// <summary>Sessions that were joined with a server and are over.</summary>
    public long Joined => Volatile.Read(ref _served.Count);

    /// <summary>Of joined sessions: the time in the queue.</summary>
    public (TimeSpan Average, TimeSpan Max) QueueTime => (_served.Queue.Average(Joined), _served.Queue.Max);

    /// <summary>Of joined sessions: from the hello to the join, without the time in the queue.</summary>
    public (TimeSpan Average, TimeSpan Max) ConnectTime => (_served.Connect.Average(Joined), _served.Connect.Max);

    /// <summary>Of joined sessions: from accept to end.</summary>
    public (TimeSpan Average, TimeSpan Max) TotalTime => (_served.Total.Average(Joined), _served.Total.Max);

    /// <summary>Whether it serves, and since when. The router writes it.</summary>
    public ServiceState State => Volatile.Read(ref _state);

    /// <param name="now">A timestamp.</param>
    internal void Is(bool up, long now)
    {
        if (_state.Up != up || _state.Since == 0)
            Volatile.Write(ref _state, _state.Next(up, now));
    }

    internal void DialAgain() => Interlocked.Increment(ref _again);

    internal void Retry(bool elsewhere) => Interlocked.Increment(ref elsewhere ? ref _redispatches : ref _retries);

    internal void Finished(TimeSpan queue, TimeSpan connect, TimeSpan total)
    {
        var count = Interlocked.Increment(ref _served.Count);
        _served.Queue.Add(queue, count);
        _served.Connect.Add(connect, count);
        _served.Total.Add(total, count);
    }

    [StructLayout(LayoutKind.Sequential, Size = 128)]
    private struct Served
    {
        public long Count;
        public SlidingAverage Queue, Connect, Total;
    }
}

/// <summary>Of one server: it outlives the snapshots and the generations that the server is in.</summary>
public sealed class ServerTraffic : PoolTraffic
{
    /// <summary>Each choice is a session, even if it moves on.</summary>
    public override long Chosen => Total;
}

/// <summary>Of one backend, whatever becomes of its servers; sessions that never had a server are among them.</summary>
public sealed class BackendTraffic : PoolTraffic
{
    private long _chosen;

    public override long Chosen => Volatile.Read(ref _chosen);

    internal void Choose() => Interlocked.Increment(ref _chosen);
}

/// <summary>Up or down, as one immutable picture.</summary>
/// <param name="Up">Whether it serves, or would if it were asked.</param>
/// <param name="Since">Timestamp of the last change, or of the start; 0: nothing is known yet.</param>
/// <param name="DownBefore">Time down, up to <paramref name="Since"/>.</param>
/// <param name="TimesDown">How often it went down.</param>
public sealed record ServiceState(bool Up, long Since, TimeSpan DownBefore, int TimesDown)
{
    public static ServiceState Unknown { get; } = new(true, 0, TimeSpan.Zero, 0);

    /// <summary>All the time that it was down, until <paramref name="now"/>.</summary>
    public TimeSpan Downtime(long now) => Up ? DownBefore : DownBefore + Lasts(now);

    /// <summary>How long it has been as it is.</summary>
    public TimeSpan Lasts(long now) => Since == 0 || now < Since ? TimeSpan.Zero : System.Diagnostics.Stopwatch.GetElapsedTime(Since, now);

    internal ServiceState Next(bool up, long now) =>
        Since == 0 ? new ServiceState(up, now, TimeSpan.Zero, 0) : new ServiceState(up, now, Downtime(now), TimesDown + (up ? 0 : 1));
}
