using System.Threading.Channels;

namespace EdgeActors.Telemetry;

/// <summary>Delivers all entries to subscribers, independent of the log's settings. Its own queue keeps slow subscribers from delaying log
/// and connections. Without subscribers it costs one field read.</summary>
internal sealed class LogFeed(TimeProvider time) : IAsyncDisposable
{
    /// <summary>Queue limit; entries beyond it are lost to all subscribers.</summary>
    internal const int Capacity = 8192;

    /// <summary>Batch delay, since a wake-up is the main cost for a connection.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(50);

    /// <summary>The batch delay grows by <see cref="Gather"/> for each 64 subscribers, because a batch wakes all of them.</summary>
    private const int ObserversOfGather = 64;

    private readonly Channel<LogEntry> _queue = Channel.CreateBounded<LogEntry>(
        new BoundedChannelOptions(Capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _lock = new();
    private volatile Action<LogEntry>[] _observers = [];
    private Task? _deliveries;
    private long _lost;

    public int Watchers => _observers.Length;

    public long Lost => Interlocked.Read(ref _lost);

    public void Add(in LogEntry entry)
    {
        if (!_queue.Writer.TryWrite(entry))
            Interlocked.Increment(ref _lost);
    }

    public IDisposable Subscribe(Action<LogEntry> observer)
    {
        // A wrapper allows one observer to subscribe twice and end one subscription.
        Action<LogEntry> mine = entry => observer(entry);
        lock (_lock)
        {
            _observers = [.. _observers, mine];
            _deliveries ??= Task.Run(Deliver);
        }
        return new Subscription(this, mine);
    }

    /// <summary>Delivers the remaining entries, then ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _ending.CancelAsync().ConfigureAwait(false);
        await (_deliveries ?? Task.CompletedTask).ConfigureAwait(false);
    }

    private async Task Deliver()
    {
        var reader = _queue.Reader;
        while (await reader.WaitToReadAsync().ConfigureAwait(false))
        {
            while (reader.TryRead(out var entry))
            {
                foreach (var observer in _observers)
                    Tell(observer, entry);
            }
            var gather = Gather * (1 + (_observers.Length / ObserversOfGather));
            await Task.Delay(gather, time, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Tell(Action<LogEntry> observer, in LogEntry entry)
    {
        try
        {
            observer(entry);
        }
#pragma warning disable CA1031 // Any exception ends this subscription only.
        catch (Exception)
#pragma warning restore CA1031
        {
            Remove(observer);
        }
    }

    private void Remove(Action<LogEntry> observer)
    {
        lock (_lock)
            _observers = [.. _observers.Where(other => !ReferenceEquals(other, observer))];
    }

    private sealed class Subscription(LogFeed feed, Action<LogEntry> observer) : IDisposable
    {
        public void Dispose() => feed.Remove(observer);
    }
}
