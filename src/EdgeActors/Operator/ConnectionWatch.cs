using System.Runtime.CompilerServices;
using System.Threading.Channels;
using EdgeActors.Answers;
using EdgeActors.Node;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Operator;

/// <summary><c>watch</c>: events as they happen. Each watcher has its own queue; a slow one loses events and is told how many.</summary>
internal sealed class ConnectionWatch(NodeState node, ConnectionFilter filter, SharedEvent shared)
{
    /// <summary>Capacity of a watcher's queue, in events of about 1 kB.</summary>
    internal const int Capacity = 2048;

    /// <summary>Capacity of the queues of all watchers together, in equal parts.</summary>
    internal const int TotalCapacity = 8 * Capacity;

    private readonly Channel<EventAnswer> _queue = Channel.CreateBounded<EventAnswer>(
        new BoundedChannelOptions(Capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly bool _isAll = filter.IsAll;
    private long _lost;
    private long _feedLost;

    public AnswerStream Stream() => new(Watch);

    private async IAsyncEnumerable<Answer> Watch([EnumeratorCancellation] CancellationToken cancel)
    {
        _feedLost = node.Log.FeedLost;
        using var subscription = node.Log.Subscribe(Observe);
        while (await More(cancel).ConfigureAwait(false))
        {
            while (!cancel.IsCancellationRequested && _queue.Reader.TryRead(out var happened))
            {
                yield return happened;
                // Events are lost only where others wait, so the last of those tells.
                if (TakeLost() is var lost and > 0)
                    yield return new EventAnswer(node.Time.GetUtcNow(), "LOST", [new Fact("events", CellType.Number, lost)]);
            }
        }
    }

    /// <summary>Events that found this queue, or the feed's, full since the last call.</summary>
    private long TakeLost()
    {
        var before = _feedLost;
        _feedLost = node.Log.FeedLost;
        return Interlocked.Exchange(ref _lost, 0) + _feedLost - before;
    }

    /// <returns>False: it is over.</returns>
    private async ValueTask<bool> More(CancellationToken cancel)
    {
        try
        {
            return await _queue.Reader.WaitToReadAsync(cancel).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>On the feed's thread.</summary>
    private void Observe(LogEntry entry)
    {
        if (entry.Record is not { } record
            || (!_isAll && !filter.Matches(ConnectionView.Of(record, node.Time, node.Time.GetTimestamp()))))
            return;
        var room = Math.Min(Capacity, TotalCapacity / Math.Max(1, node.Log.Watchers));
        if (_queue.Reader.Count >= room || !_queue.Writer.TryWrite(shared.Of(entry, record)))
            Interlocked.Increment(ref _lost);
    }
}

/// <summary>The event of the feed's latest entry, made once for all watchers. For the feed's thread.</summary>
internal sealed class SharedEvent(TimeProvider time)
{
    private LogEntry _entry;
    private EventAnswer _event = null!;

    public EventAnswer Of(in LogEntry entry, ConnectionRecord record)
    {
        if ((_entry.Record, _entry.Kind, _entry.When) != (record, entry.Kind, entry.When))
        {
            _entry = entry;
            _event = new EventAnswer(entry.When, entry.Kind.ToString().ToUpperInvariant(), Facts(entry.Kind, record));
        }
        return _event;
    }

    /// <summary>Only the fields known at this step: later ones may be set already.</summary>
    private List<Fact> Facts(LogKind kind, ConnectionRecord record)
    {
        List<Fact> facts =
        [
            new("id", CellType.Number, record.Link.Id),
            new("client", CellType.Text, record.Link.Client.ToString()),
            new("listener", CellType.Text, record.Listener),
        ];
        if (kind >= LogKind.Request)
            facts.AddRange([new("sni", CellType.Text, record.ServerName), new("backend", CellType.Text, record.Backend)]);
        if (kind >= LogKind.Connect)
            facts.Add(new("server", CellType.Text, record.Server));
        if (kind != LogKind.Close)
            return facts;
        var counters = record.Link.Counters;
        var ended = counters.EndedAt == 0 ? time.GetTimestamp() : counters.EndedAt;
        facts.AddRange(
        [
            new("age", CellType.Duration, time.GetElapsedTime(record.Link.AcceptedAt, ended)),
            new("up", CellType.Bytes, counters.BytesUp),
            new("down", CellType.Bytes, counters.BytesDown),
            new("reason", CellType.Text, record.Reason.Facts().Label),
        ]);
        return facts;
    }
}
