using System.Runtime.InteropServices;
using EdgeActors.Statistics;
using EdgeActors.Transport;

namespace EdgeActors.Telemetry.Traffic;

/// <summary>
/// What comes and goes at one owner: a listener, a backend or a server. Connections of any thread count here, in a handful of interlocked steps
/// for their whole life; anyone reads, without a lock. A total and what it consists of are read one after the other, so a sum over owners may be
/// a connection behind.
/// </summary>
public class SessionTraffic
{
    private readonly long[] _byReason = new long[CloseReasons.Count];
    private Coming _coming;
    private Going _going;
    private Shown _shown;

    public long Total => Volatile.Read(ref _coming.Total);

    public long Ended => Volatile.Read(ref _going.Ended);

    /// <summary>Ends are read first, so that it is never negative.</summary>
    public long Current => -Ended + Total;

    public long Max => Volatile.Read(ref _coming.Max);

    /// <summary>The most new ones in one second.</summary>
    public long RateMax => _coming.Rate.Max;

    /// <summary>Timestamp of the last new one; 0: there was none.</summary>
    public long LastAt => Volatile.Read(ref _coming.LastAt);

    /// <summary>Bytes from clients, those of live connections included as of the last <see cref="LiveBytes.Sum"/>. Never falls.</summary>
    public long BytesUp => Volatile.Read(ref _shown.Up);

    /// <summary>Bytes to clients; as <see cref="BytesUp"/>.</summary>
    public long BytesDown => Volatile.Read(ref _shown.Down);

    /// <summary>New ones in the second before <paramref name="now"/>.</summary>
    public long Rate(long now) => _coming.Rate.PerSecond(now);

    /// <summary>Those that ended for this reason while they were here.</summary>
    public long EndedAs(CloseReason reason) => Volatile.Read(ref _byReason[(int)reason]);

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

    /// <summary>It goes elsewhere, which is no end.</summary>
    internal void TryNext() => Interlocked.Increment(ref _going.Ended);

    /// <summary>The end of one that has entered.</summary>
    internal void Leave(CloseReason reason, long up, long down)
    {
        Interlocked.Increment(ref _byReason[(int)reason]);
        if (up != 0)
            Interlocked.Add(ref _going.Up, up);
        if (down != 0)
            Interlocked.Add(ref _going.Down, down);
        Interlocked.Increment(ref _going.Ended);
    }

    // The three steps of a sum; one reader at a time.

    /// <summary>What ended ones have left is read first: one that ends meanwhile is missed this time, and never there twice.</summary>
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

    // What is written together stands together, apart from the rest by more than a cache line: reactors would else take it from each other.

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

    /// <summary>Of the reader.</summary>
    private struct Shown
    {
        public long Up, Down, LiveUp, LiveDown;
    }
}

/// <summary>What one listener has accepted.</summary>
/// <param name="name">The listener's.</param>
public sealed class FrontendTraffic(string name) : SessionTraffic
{
    public string Name { get; } = name;
}

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

/// <summary>Which of HAProxy's counters a reason belongs to. Each is in one of them at most; in none are ordinary ends and orders to close.</summary>
public static class ReasonGroups
{
    /// <summary>By what is known at accept (<c>dcon</c>).</summary>
    public static ReadOnlySpan<CloseReason> DeniedConnections => [CloseReason.Denied, CloseReason.TooManyConnections, CloseReason.Memory];

    /// <summary>By policy, once the client has spoken or the limiter has (<c>dreq</c>).</summary>
    public static ReadOnlySpan<CloseReason> DeniedRequests =>
        [CloseReason.RateLimited, CloseReason.NoSni, CloseReason.InvalidSni, CloseReason.UnknownSni, CloseReason.NotTls, CloseReason.PeeksFull];

    /// <summary>What clients did not say, or said wrongly (<c>ereq</c>).</summary>
    public static ReadOnlySpan<CloseReason> RequestErrors =>
    [
        CloseReason.HelloTimeout, CloseReason.HelloTooLarge, CloseReason.HelloMalformed, CloseReason.ClientGone,
        CloseReason.ProxyMissing, CloseReason.ProxyMalformed, CloseReason.ProxyUntrusted,
    ];

    /// <summary>No server was to be had (<c>econ</c>).</summary>
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
    public static ReadOnlySpan<CloseReason> InternalErrors => [CloseReason.Internal];
}
