using System.Threading.Channels;
using Akka.Actor;
using EdgeActors.Connection;
using EdgeActors.Settings;
using EdgeActors.Telemetry.Traffic;
using EdgeActors.Transport;

namespace EdgeActors.Telemetry;

/// <summary>Edge's log. Callers put an entry into a bounded queue; one writer formats and writes. A full queue drops and counts entries, so
/// that a blocked log does not slow connections.</summary>
public sealed class EdgeLog : IAsyncDisposable
{
    /// <summary>Batch delay: one write for many lines costs as much as for one.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(50);

    /// <summary>Flush limit at shutdown, so that a blocked reader cannot keep the process alive.</summary>
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan SummaryInterval = TimeSpan.FromSeconds(1);

    private readonly LogSteps _steps;

    /// <summary>Null: all drops are logged.</summary>
    private readonly DropLog? _drops;

    private readonly ITimer? _summaries;
    private readonly long[] _leftOut = new long[CloseReasons.Count];
    private readonly CancellationTokenSource _ending = new();
    private readonly Channel<LogEntry> _queue;
    private readonly Stream _output;
    private readonly LineBuffer _lines = new();
    private readonly LogFormatter _format;
    private readonly TimeProvider _time;
    private readonly LogFeed _feed;
    private readonly Task _writer;
    private volatile LogThreshold _level;
    private long _dropped;

    public EdgeLog(LogSettings settings, Stream output, TimeProvider time)
    {
        _output = output;
        _time = time;
        _format = LogFormatter.For(settings.Format, _lines, time);
        _feed = new LogFeed(time);
        _level = settings.Level;
        _queue = Channel.CreateBounded<LogEntry>(
            new BoundedChannelOptions(settings.Queue) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
        ReadsHellos = settings.Hello;
        _steps = settings.Connections ? settings.Steps : LogSteps.None;
        if (settings.Drops is { } drops)
        {
            _drops = new DropLog(drops, time);
            _summaries = time.CreateTimer(_ => SumUp(), null, SummaryInterval, SummaryInterval);
        }
        _writer = Task.Run(Write);
    }

    /// <summary>Lines not written: the queue was full or the output closed.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>The lowest severity written.</summary>
    public LogThreshold Level
    {
        get => _level;
        set
        {
            _level = value;
            LevelChanged?.Invoke(value);
        }
    }

    /// <summary>Entries lost because the subscribers' queue was full.</summary>
    public long FeedLost => _feed.Lost;

    /// <summary>Current subscribers.</summary>
    public int Watchers => _feed.Watchers;

    public long LeftOut => _drops?.LeftOut ?? 0;

    /// <summary>True if connections must fill <see cref="ConnectionRecord.Hello"/>.</summary>
    internal bool ReadsHellos { get; }

    private bool Idle => _steps == LogSteps.None && _feed.Watchers == 0;

    /// <summary>Raised on the thread that sets <see cref="Level"/>.</summary>
    internal event Action<LogThreshold>? LevelChanged;

    public void Info(string text) => Say(LogThreshold.Info, text);

    public void Warning(string text) => Say(LogThreshold.Warning, text);

    public void Error(string text) => Say(LogThreshold.Error, text);

    /// <param name="source">The origin, if not Edge.</param>
    public void Say(LogThreshold level, string text, string? source = null)
    {
        var written = level >= _level;
        if (!written && _feed.Watchers == 0)
            return;
        var entry = new LogEntry(LogKind.Text, _time.GetUtcNow(), null, text, level) { Source = source };
        Feed(entry);
        if (written)
            Add(entry);
    }

    /// <summary>Subscribes to all entries, logged or not, until disposed.</summary>
    /// <param name="observer">Called on a log thread about 50 ms after the event (250 ms with 256 observers), in order. It must not block
    /// the other subscribers. An exception ends its subscription.</param>
    public IDisposable Subscribe(Action<LogEntry> observer) => _feed.Subscribe(observer);

    internal void Accepted(ConnectionRecord record)
    {
        if (Idle)
            return;
        var now = _time.GetUtcNow();
        Feed(Step(LogKind.Accept, now, record));
        // With drop sampling, the accept line is deferred until the next line.
        if (_drops is null)
            AddStep(Step(LogKind.Accept, now, record));
    }

    /// <summary>The connection is not a drop.</summary>
    internal void Passed(ConnectionRecord record)
    {
        if (_drops is not null)
            AddAccept(record);
        Connection(LogKind.Request, record);
    }

    /// <param name="passed">True if <see cref="Passed"/> was called before.</param>
    internal void Closed(ConnectionRecord record, in ConnectionCounts counts, bool passed)
    {
        if (Idle)
            return;
        var entry = Step(LogKind.Close, _time.GetUtcNow(), record) with { Counts = counts };
        Feed(entry);
        if (_drops is not null && !passed)
        {
            if (record.Reason.IsDrop() && !_drops.Takes(record.Reason))
                return;
            AddAccept(record);
        }
        AddStep(entry);
    }

    /// <summary>A connection without other lines.</summary>
    /// <param name="live">Other connections of the process.</param>
    internal void Refused(Link link, FrontendTraffic traffic, int live)
    {
        var reason = link.Reason;
        if (Idle || (_feed.Watchers == 0 && _drops is { } drops && !drops.Takes(reason)))
            return;
        var entry = Step(LogKind.Close, _time.GetUtcNow(), new ConnectionRecord(link, traffic, ActorRefs.Nobody)) with
        {
            Counts = new ConnectionCounts(live + 1, (int)traffic.Current + 1, 0, 0, 0),
        };
        if (_feed.Watchers == 0 || _drops is null || _drops.Takes(reason))
            AddStep(entry);
        Feed(entry);
    }

    internal void Connection(LogKind kind, ConnectionRecord record)
    {
        if (Idle)
            return;
        var entry = Step(kind, _time.GetUtcNow(), record);
        Feed(entry);
        AddStep(entry);
    }

    internal void KernelDrops(string listener, int dropped, string? added, string? removed)
    {
        if (_level <= LogThreshold.Info)
            Add(new LogEntry(LogKind.Drops, _time.GetUtcNow(), null, null, LogThreshold.Info)
            {
                Kernel = new KernelDropsLine(listener, dropped, added, removed),
            });
    }

    /// <summary>Flushes the queue if the output is read, then ends. The output stays open.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_summaries is not null)
        {
            await _summaries.DisposeAsync().ConfigureAwait(false);
            SumUp();
        }
        _queue.Writer.TryComplete();
        await _ending.CancelAsync().ConfigureAwait(false);
        await Task.WhenAny(_writer, Task.Delay(EndTimeout)).ConfigureAwait(false);
        await _feed.DisposeAsync().ConfigureAwait(false);
    }

    private void Feed(in LogEntry entry)
    {
        if (_feed.Watchers > 0)
            _feed.Add(entry);
    }

    private void Add(in LogEntry entry)
    {
        if (!_queue.Writer.TryWrite(entry))
            Interlocked.Increment(ref _dropped);
    }

    private async Task Write()
    {
        var reader = _queue.Reader;
        var reported = 0L;
        while (await reader.WaitToReadAsync().ConfigureAwait(false))
        {
            while (reader.TryRead(out var entry))
            {
                if (entry.Kind != LogKind.Drops || entry.Kernel is not null)
                    _format.Append(entry);
                else if (_drops!.TryTell(_leftOut))
                    _format.AppendDrops(entry.When, _leftOut);
                if (_lines.Full)
                    await Flush().ConfigureAwait(false);
            }
            var dropped = Dropped;
            if (dropped > reported)
            {
                _format.Append(new LogEntry(
                    LogKind.Text, _time.GetUtcNow(), null, $"log queue full, {dropped - reported} lines dropped", LogThreshold.Warning));
                reported = dropped;
            }
            await Flush().ConfigureAwait(false);
            await Task.Delay(Gather, _time, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async ValueTask Flush()
    {
        try
        {
            await _output.WriteAsync(_lines.Text).ConfigureAwait(false);
            await _output.FlushAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The exception depends on the errno, and none may end the log: the next lines are tried again.
        catch (Exception)
#pragma warning restore CA1031
        {
            // EPIPE: the log's reader has gone. EBADF is an UnauthorizedAccessException. Connections continue without a log.
            Interlocked.Add(ref _dropped, _lines.Lines);
        }
        _lines.Clear();
    }

    private static LogEntry Step(LogKind kind, DateTimeOffset when, ConnectionRecord record) => new(kind, when, record, null, LogThreshold.Info);

    /// <summary>The entry has its own time, so that a late line is still correct.</summary>
    private void AddAccept(ConnectionRecord record) =>
        AddStep(Step(LogKind.Accept, _time.GetUtcNow() - _time.GetElapsedTime(record.Link.AcceptedAt), record));

    private void AddStep(in LogEntry entry)
    {
        if ((_steps & (LogSteps)(1 << (entry.Kind - LogKind.Accept))) != 0)
            Add(entry);
    }

    /// <summary>Queues the request only; counts are read when the line is written.</summary>
    private void SumUp() => Add(new LogEntry(LogKind.Drops, _time.GetUtcNow(), null, null, LogThreshold.Info));
}
