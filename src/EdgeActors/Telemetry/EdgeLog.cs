using System.Threading.Channels;
using EdgeActors.Settings;

namespace EdgeActors.Telemetry;

/// <summary>
/// Edge's log. Whoever logs leaves a small entry in a bounded queue and goes on; one writer formats and writes. When the writer cannot
/// keep up, entries are dropped and counted, never waited for: a blocked log must not slow a connection.
/// </summary>
public sealed partial class EdgeLog : IAsyncDisposable
{
    /// <summary>Lines wait this long for company: one write for all of them costs what one line would.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(50);

    /// <summary>What is left at the end may take this long; who does not read his log must not keep a process from ending.</summary>
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(2);

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
        await Task.WhenAny(_writer, Task.Delay(EndPatience)).ConfigureAwait(false);
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
                if (entry.Kind == LogKind.Drops)
                    AppendDrops(entry.When);
                else
                    _format.Append(entry);
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
}
