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

    public long Current
    {
        get
        {
            // In this order, so that it is never less than none.
            var ended = Ended;
            return Total - ended;
        }
    }

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
