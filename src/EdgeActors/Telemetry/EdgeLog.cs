using System.Threading.Channels;
using EdgeActors.Config;
using EdgeActors.Connection;

namespace EdgeActors.Telemetry;

/// <summary>
/// Edge's log. Whoever logs leaves a small entry in a bounded queue and goes on; one writer formats and writes. When the writer cannot
/// keep up, entries are dropped and counted, never waited for: a blocked log must not slow a connection.
/// </summary>
public sealed class EdgeLog : IAsyncDisposable
{
    /// <summary>Lines wait this long for company: one write for all of them costs what one line would.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _ending = new();
    private readonly Channel<LogEntry> _queue;
    private readonly Stream _output;
    private readonly LogLineFormatter _format;
    private readonly TimeProvider _time;
    private readonly LogFeed _feed;
    private readonly bool _connections;
    private readonly Task _writer;
    private volatile LogThreshold _level;
    private long _dropped;

    public EdgeLog(LogSettings settings, Stream output, TimeProvider time)
    {
        _output = output;
        _time = time;
        _format = new LogLineFormatter(time);
        _feed = new LogFeed(time);
        _connections = settings.Connections;
        _level = settings.Level;
        _queue = Channel.CreateBounded<LogEntry>(
            new BoundedChannelOptions(settings.Queue) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
        _writer = Task.Run(Write);
    }

    /// <summary>Entries that found the queue full.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>The least severe line that is written, from the next one on.</summary>
    public LogThreshold Level
    {
        get => _level;
        set => _level = value;
    }

    /// <summary>Entries that were to be seen by watchers and found the queue before them full.</summary>
    public long FeedLost => _feed.Lost;

    public void Info(string text) => Say(LogThreshold.Info, text);

    public void Warning(string text) => Say(LogThreshold.Warning, text);

    public void Error(string text) => Say(LogThreshold.Error, text);

    public void Say(LogThreshold level, string text)
    {
        var written = level >= _level;
        if (!written && !_feed.IsWatched)
            return;
        var entry = new LogEntry(LogKind.Text, _time.GetUtcNow(), null, text, level);
        Feed(entry);
        if (written)
            Add(entry);
    }

    /// <summary>Lets someone see everything that happens, whether it is written or not, until the subscription is disposed of.</summary>
    /// <param name="observer">Called on a thread of the log's, never on a connection's, some 50 ms after it happened, one entry at a time and
    /// in their order. It must not block: the other watchers wait for it. When it throws, it is called no more.</param>
    public IDisposable Subscribe(Action<LogEntry> observer) => _feed.Subscribe(observer);

    /// <summary>Writes what is queued, then ends. The output stays open.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _ending.CancelAsync().ConfigureAwait(false);
        await _writer.ConfigureAwait(false);
        await _feed.DisposeAsync().ConfigureAwait(false);
    }

    internal void Connection(LogKind kind, ConnectionRecord record)
    {
        if (!_connections && !_feed.IsWatched)
            return;
        var entry = new LogEntry(kind, _time.GetUtcNow(), record, null, LogThreshold.Info);
        Feed(entry);
        if (_connections)
            Add(entry);
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
                _format.Append(entry);
                if (_format.Full)
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
            await _output.WriteAsync(_format.Text).ConfigureAwait(false);
            await _output.FlushAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The reader of the log has gone (EPIPE). Connections go on without it.
            Interlocked.Increment(ref _dropped);
        }
        _format.Clear();
    }
}
