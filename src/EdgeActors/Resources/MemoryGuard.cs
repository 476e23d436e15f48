using EdgeActors.Telemetry;

namespace EdgeActors.Resources;

/// <summary>
/// Decides whether memory is too short for new clients (<c>limits.memory</c>); at its limit the kernel would kill the process.
/// A timer measures; <see cref="IsShort"/> reads one field.
/// <code>
///   enough --used >= percent--> short     and back when used &lt; percent - 5
/// </code>
/// </summary>
public sealed class MemoryGuard : IDisposable
{
    /// <summary>Hysteresis in percent.</summary>
    public const int Hysteresis = 5;

    /// <summary>A flood of clients uses a few megabytes per interval. Without a limit the longer interval detects one that is set
    /// later.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100), WithoutLimit = TimeSpan.FromSeconds(2);

    private readonly Func<double, MemoryUse?> _read;
    private readonly EdgeLog? _log;
    private readonly ITimer? _timer;
    private volatile bool _short;
    private int _percent;
    private TimeSpan _interval = Interval;

    /// <param name="read">The usage, exact from the given percentage; null: no limit.</param>
    /// <param name="percent">Null: off.</param>
    public MemoryGuard(Func<double, MemoryUse?> read, int? percent, EdgeLog? log, TimeProvider? time)
    {
        _read = read;
        _log = log;
        Percent = percent;
        _timer = time?.CreateTimer(static self => ((MemoryGuard)self!).LookByTimer(), this, Interval, Interval);
    }

    /// <summary>Memory is never short.</summary>
    public static MemoryGuard Off { get; } = new(static _ => null, null, null, null);

    /// <summary>True if new clients must be refused.</summary>
    public bool IsShort => _short;

    /// <summary>Percent of the limit; null: off.</summary>
    public int? Percent
    {
        get => Volatile.Read(ref _percent) is var percent and > 0 ? percent : null;
        set => Volatile.Write(ref _percent, value ?? 0);
    }

    /// <summary>The current usage; null: no limit.</summary>
    public MemoryUse? Use => _read(0);

    /// <summary>Measures and decides. Not thread-safe: the timer calls it.</summary>
    /// <returns>False if there is no limit.</returns>
    public bool Look()
    {
        if (Percent is not { } percent)
        {
            SetShort(false, null);
            return false;
        }
        var back = Math.Max(percent - Hysteresis, 0);
        var use = _read(back);
        SetShort(use is { } known && (_short ? known.Percent >= back : known.Percent >= percent), use);
        return use is not null;
    }

    public void Dispose() => _timer?.Dispose();

    private void LookByTimer()
    {
        var interval = Look() ? Interval : WithoutLimit;
        if (interval == _interval)
            return;
        _interval = interval;
        _timer?.Change(interval, interval);
    }

    private void SetShort(bool isShort, MemoryUse? use)
    {
        if (isShort == _short)
            return;
        _short = isShort;
        var shown = use is { } known ? $"{known.Used >> 20} of {known.Limit >> 20} MiB" : "no limit";
        if (!isShort)
        {
            _log?.Info($"memory: {shown} in use, new connections are accepted again");
            return;
        }
        _log?.Warning(
            $"memory: {shown} in use, new connections are refused (MEMORY); raise the limit, or lower limits.max-connections, "
            + "transport.max-pipes or rate-limit.table-size");
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
    }
}
