using System.Threading.Channels;
using EdgeActors.Connection;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Telemetry;

/// <summary>
/// Edge's log. Whoever logs leaves a small entry in a bounded queue and goes on; one writer formats and writes. When the writer cannot
/// keep up, entries are dropped and counted, never waited for: a blocked log must not slow a connection.
/// </summary>
public sealed class EdgeLog : IAsyncDisposable
{
    /// <summary>Lines wait this long for company: one write for all of them costs what one line would.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(50);

    /// <summary>What is left at the end may take this long; who does not read his log must not keep a process from ending.</summary>
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan SummaryInterval = TimeSpan.FromSeconds(1);

    private readonly LogSteps _steps;

    /// <summary>Null: no drop is left out.</summary>
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

    /// <summary>Lines that were not written: their entries found the queue full, or the output has gone.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>The least severe message that is written, from the next one on.</summary>
    public LogThreshold Level
    {
        get => _level;
        set
        {
            _level = value;
            LevelChanged?.Invoke(value);
        }
    }

    /// <summary>Entries that were to be seen by watchers and found the queue before them full.</summary>
    public long FeedLost => _feed.Lost;

    public long LeftOut => _drops?.LeftOut ?? 0;

    /// <summary>Whether connections are to keep <see cref="ConnectionRecord.Hello"/>.</summary>
    internal bool ReadsHellos { get; }

    /// <summary>Neither written nor watched: as good as no log.</summary>
    private bool Idle => _steps == LogSteps.None && !_feed.IsWatched;

    /// <summary>Told on the thread that sets <see cref="Level"/>.</summary>
    internal event Action<LogThreshold>? LevelChanged;

    public void Info(string text) => Say(LogThreshold.Info, text);

    public void Warning(string text) => Say(LogThreshold.Warning, text);

    public void Error(string text) => Say(LogThreshold.Error, text);

    /// <param name="source">Who says it, if it is not Edge itself.</param>
    public void Say(LogThreshold level, string text, string? source = null)
    {
        var written = level >= _level;
        if (!written && !_feed.IsWatched)
            return;
        var entry = new LogEntry(LogKind.Text, _time.GetUtcNow(), null, text, level) { Source = source };
        Feed(entry);
        if (written)
            Add(entry);
    }

    /// <summary>Lets someone see everything that happens, whether it is written or not, until the subscription is disposed of.</summary>
    /// <param name="observer">Called on a thread of the log's, never on a connection's, some 50 ms after it happened, one entry at a time and
    /// in their order. It must not block: the other watchers wait for it. When it throws, it is called no more.</param>
    public IDisposable Subscribe(Action<LogEntry> observer) => _feed.Subscribe(observer);

    internal void Accepted(ConnectionRecord record)
    {
        if (Idle)
            return;
        var now = _time.GetUtcNow();
        Feed(Step(LogKind.Accept, now, record));
        // Otherwise with its next line, when it is seen whether it is a drop that is left out.
        if (_drops is null)
            AddStep(Step(LogKind.Accept, now, record));
    }

    /// <summary>It is no drop.</summary>
    internal void Passed(ConnectionRecord record)
    {
        if (_drops is not null)
            AddAccept(record);
        Connection(LogKind.Request, record);
    }

    /// <param name="passed">Whether <see cref="Passed"/> was called before.</param>
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

    internal void Connection(LogKind kind, ConnectionRecord record)
    {
        if (Idle)
            return;
        var entry = Step(kind, _time.GetUtcNow(), record);
        Feed(entry);
        AddStep(entry);
    }

    /// <summary>Writes what is queued, as far as someone reads it, then ends. The output stays open.</summary>
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
        if (_feed.IsWatched)
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
                if (entry.Kind != LogKind.Drops)
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
        catch (IOException)
        {
            // The reader of the log has gone (EPIPE). Connections go on without it.
            Interlocked.Add(ref _dropped, _lines.Lines);
        }
        _lines.Clear();
    }

    private static LogEntry Step(LogKind kind, DateTimeOffset when, ConnectionRecord record) => new(kind, when, record, null, LogThreshold.Info);

    /// <summary>With the time at which it came, so that a late line tells it none the later.</summary>
    private void AddAccept(ConnectionRecord record) =>
        AddStep(Step(LogKind.Accept, _time.GetUtcNow() - _time.GetElapsedTime(record.Link.AcceptedAt), record));

    private void AddStep(in LogEntry entry)
    {
        if ((_steps & (LogSteps)(1 << (entry.Kind - LogKind.Accept))) != 0)
            Add(entry);
    }

    /// <summary>Only leaves the order: what is counted is read when the line is written.</summary>
    private void SumUp() => Add(new LogEntry(LogKind.Drops, _time.GetUtcNow(), null, null, LogThreshold.Info));
}
