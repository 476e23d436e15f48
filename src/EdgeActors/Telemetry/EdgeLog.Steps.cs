using EdgeActors.Connection;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Telemetry;

/// <summary>The lines of connections. They ignore the level: whether one is written, the steps say, and for drops how many there are.</summary>
public sealed partial class EdgeLog
{
    private static readonly TimeSpan SummaryInterval = TimeSpan.FromSeconds(1);

    private readonly LogSteps _steps;

    /// <summary>Null: no drop is left out.</summary>
    private readonly DropLog? _drops;

    private readonly ITimer? _summaries;
    private readonly long[] _leftOut = new long[DropLog.Reasons];

    /// <summary>Connections that were dropped without a line.</summary>
    public long LeftOut => _drops?.LeftOut ?? 0;

    /// <summary>Whether connections are to keep <see cref="ConnectionRecord.Hello"/>.</summary>
    internal bool ReadsHellos { get; }

    /// <summary>Neither written nor watched: as good as no log.</summary>
    private bool Idle => _steps == LogSteps.None && !_feed.IsWatched;

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

    private void AppendDrops(DateTimeOffset when)
    {
        if (_drops!.TryTell(_leftOut))
            _format.AppendDrops(when, _leftOut);
    }
}
