using System.Runtime.InteropServices;
using EdgeActors.Statistics;
using EdgeActors.Transport;

namespace EdgeActors.Telemetry.Traffic;

/// <summary>Counters of a listener, backend or server. Thread-safe and lock-free: a few interlocked operations per connection. Totals and
/// parts are read separately, so a sum may lag by a connection.</summary>
public class SessionTraffic
{
    private readonly EndCount[] _byReason = new EndCount[CloseReasons.Count];
    private Coming _coming;
    private Going _going;
    private Shown _shown;

    public long Total => Volatile.Read(ref _coming.Total);

    public long Ended => Volatile.Read(ref _going.Ended);

    /// <summary>Ends are read first, so the result is never negative.</summary>
    public long Current => -Ended + Total;

    public long Max => Volatile.Read(ref _coming.Max);

    /// <summary>Peak of new sessions per second.</summary>
    public long RateMax => _coming.Rate.Max;

    /// <summary>Timestamp of the last new session; 0: none.</summary>
    public long LastAt => Volatile.Read(ref _coming.LastAt);

    /// <summary>Bytes from clients, including live connections at the last <see cref="LiveBytes.Sum"/>. Never falls.</summary>
    public long BytesUp => Volatile.Read(ref _shown.Up);

    public long BytesDown => Volatile.Read(ref _shown.Down);

    public long Rate(long now) => _coming.Rate.PerSecond(now);

    public long EndedAs(CloseReason reason) => Volatile.Read(ref _byReason[(int)reason].Count);

    /// <summary>Timestamp of the last connection that ended for this reason; 0: none.</summary>
    public long LastEndedAs(CloseReason reason) => Volatile.Read(ref _byReason[(int)reason].LastAt);

    public long EndedAs(ReadOnlySpan<CloseReason> reasons)
    {
        var sum = 0L;
        foreach (var reason in reasons)
            sum += EndedAs(reason);
        return sum;
    }

    /// <param name="now">A recent timestamp.</param>
    internal void Enter(long now)
    {
        var current = Interlocked.Increment(ref _coming.Total) - Ended;
        _coming.Rate.Count(now);
        Volatile.Write(ref _coming.LastAt, now);
        Interlocks.Raise(ref _coming.Max, current);
    }

    /// <summary>A session of another process continues here. Its bytes so far were counted there.</summary>
    internal void Adopt(long up, long down)
    {
        Interlocked.Add(ref _going.Up, -up);
        Interlocked.Add(ref _going.Down, -down);
        Interlocks.Raise(ref _coming.Max, Interlocked.Increment(ref _coming.Total) - Ended);
    }

    /// <summary>The session moves to another server or process, which is not an end.</summary>
    internal void MoveOn() => Interlocked.Increment(ref _going.Ended);

    internal void Leave(CloseReason reason, long up, long down, long now)
    {
        ref var ends = ref _byReason[(int)reason];
        Interlocked.Increment(ref ends.Count);
        Volatile.Write(ref ends.LastAt, now);
        if (up != 0)
            Interlocked.Add(ref _going.Up, up);
        if (down != 0)
            Interlocked.Add(ref _going.Down, down);
        Interlocked.Increment(ref _going.Ended);
    }

    /// <summary>Starts a sum (BeginSum, AddLive, EndSum; one reader at a time). Ended sessions are read first: one that ends now is missed
    /// once, never counted twice.</summary>
    internal void BeginSum()
    {
        _shown.LiveUp = Volatile.Read(ref _going.Up);
        _shown.LiveDown = Volatile.Read(ref _going.Down);
    }

    internal void AddLive(long up, long down)
    {
        _shown.LiveUp += up;
        _shown.LiveDown += down;
    }

    internal void EndSum()
    {
        if (_shown.LiveUp > _shown.Up)
            Volatile.Write(ref _shown.Up, _shown.LiveUp);
        if (_shown.LiveDown > _shown.Down)
            Volatile.Write(ref _shown.Down, _shown.LiveDown);
    }

    // Grouped by writer and padded by more than a cache line, against false sharing between reactors.

    private struct EndCount
    {
        public long Count, LastAt;
    }

    [StructLayout(LayoutKind.Sequential, Size = 128)]
    private struct Coming
    {
        public long Total, Max, LastAt;
        public RateMeter Rate;
    }

    [StructLayout(LayoutKind.Sequential, Size = 128)]
    private struct Going
    {
        public long Ended, Up, Down;
    }

    /// <summary>Written by the reader.</summary>
    private struct Shown
    {
        public long Up, Down, LiveUp, LiveDown;
    }
}

/// <summary>Counters of one listener.</summary>
public sealed class FrontendTraffic(string name) : SessionTraffic
{
    public string Name { get; } = name;
}

/// <summary>Counters of backends and servers besides sessions. Thread-safe, except writes of <see cref="State"/>.</summary>
public abstract class PoolTraffic : SessionTraffic
{
    private Served _served;
    private long _again, _retries, _redispatches;
    private ServiceState _state = ServiceState.Unknown;

    public abstract long Chosen { get; }

    public long Attempts => Chosen + Volatile.Read(ref _again);

    /// <summary>Failed connects that were retried on the same server.</summary>
    public long Retries => Volatile.Read(ref _retries);

    /// <summary>Failed connects that were retried on another server.</summary>
    public long Redispatches => Volatile.Read(ref _redispatches);

    /// <summary>Joined sessions that have ended.</summary>
    public long Joined => Volatile.Read(ref _served.Count);

    /// <summary>Joined sessions: queue time.</summary>
    public (TimeSpan Average, TimeSpan Max) QueueTime => (_served.Queue.Average(Joined), _served.Queue.Max);

    /// <summary>Joined sessions: from the hello to the join, without queue time.</summary>
    public (TimeSpan Average, TimeSpan Max) ConnectTime => (_served.Connect.Average(Joined), _served.Connect.Max);

    /// <summary>Joined sessions: from accept to end.</summary>
    public (TimeSpan Average, TimeSpan Max) TotalTime => (_served.Total.Average(Joined), _served.Total.Max);

    /// <summary>Availability and its start. Written by the router.</summary>
    public ServiceState State => Volatile.Read(ref _state);

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

/// <summary>Counters of one server; they outlive snapshots and server generations.</summary>
public sealed class ServerTraffic : PoolTraffic
{
    /// <summary>Each choice is a session, even if the connection moves on.</summary>
    public override long Chosen => Total;
}

/// <summary>Counters of one backend, sessions without a server included.</summary>
public sealed class BackendTraffic : PoolTraffic
{
    private long _chosen;

    public override long Chosen => Volatile.Read(ref _chosen);

    internal void Choose() => Interlocked.Increment(ref _chosen);
}

/// <summary>Availability as an immutable snapshot.</summary>
/// <param name="Since">Timestamp of the last change or the start; 0: unknown.</param>
/// <param name="DownBefore">Downtime until <paramref name="Since"/>.</param>
public sealed record ServiceState(bool Up, long Since, TimeSpan DownBefore, int TimesDown)
{
    public static ServiceState Unknown { get; } = new(true, 0, TimeSpan.Zero, 0);

    /// <summary>Total downtime until <paramref name="now"/>.</summary>
    public TimeSpan Downtime(long now) => Up ? DownBefore : DownBefore + Lasts(now);

    /// <summary>Time in the current state.</summary>
    public TimeSpan Lasts(long now) => Since == 0 || now < Since ? TimeSpan.Zero : System.Diagnostics.Stopwatch.GetElapsedTime(Since, now);

    internal ServiceState Next(bool up, long now) =>
        Since == 0 ? new ServiceState(up, now, TimeSpan.Zero, 0) : new ServiceState(up, now, Downtime(now), TimesDown + (up ? 0 : 1));
}

/// <summary>Maps reasons to HAProxy's counters, at most one each. Normal ends and administrative closes have none.</summary>
public static class ReasonGroups
{
    /// <summary>Refused at accept, or reset for want of memory (<c>dcon</c>).</summary>
    public static ReadOnlySpan<CloseReason> DeniedConnections => [CloseReason.Denied, CloseReason.TooManyConnections, CloseReason.Memory];

    /// <summary>Refused by policy after the hello or by the rate limiter (<c>dreq</c>).</summary>
    public static ReadOnlySpan<CloseReason> DeniedRequests =>
    [
        CloseReason.RateLimited, CloseReason.NoSni, CloseReason.InvalidSni, CloseReason.UnknownSni, CloseReason.SniRefused,
        CloseReason.NotTls, CloseReason.PeeksFull,
    ];

    /// <summary>Missing or invalid client data (<c>ereq</c>).</summary>
    public static ReadOnlySpan<CloseReason> RequestErrors =>
    [
        CloseReason.HelloTimeout, CloseReason.HelloTooLarge, CloseReason.HelloMalformed, CloseReason.ClientGone,
        CloseReason.ProxyMissing, CloseReason.ProxyMalformed, CloseReason.ProxyUntrusted,
    ];

    /// <summary>No server available (<c>econ</c>).</summary>
    public static ReadOnlySpan<CloseReason> ConnectionErrors =>
    [
        CloseReason.NoServer, CloseReason.ConnectRefused, CloseReason.ConnectReset, CloseReason.ConnectTimeout, CloseReason.ConnectUnreachable,
        CloseReason.LocalResource, CloseReason.QueueTimeout, CloseReason.QueueFull,
    ];

    /// <summary>(<c>cli_abrt</c>)</summary>
    public static ReadOnlySpan<CloseReason> ClientAborts =>
        [CloseReason.ClientGoneQueued, CloseReason.ClientReset, CloseReason.ClientTimeout, CloseReason.TunnelTimeout];

    /// <summary>(<c>srv_abrt</c>)</summary>
    public static ReadOnlySpan<CloseReason> ServerAborts => [CloseReason.ServerReset, CloseReason.ServerTimeout, CloseReason.ServerDown];

    /// <summary>(<c>eint</c>)</summary>
    public static ReadOnlySpan<CloseReason> InternalErrors => [CloseReason.Internal, CloseReason.Crashed];
}
