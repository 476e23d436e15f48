using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Operator;

/// <summary>One connection at one moment.</summary>
/// <param name="Record">Goes on changing.</param>
/// <param name="Age">Since accept.</param>
/// <param name="Idle">Since the last byte or FIN in either direction; before it was joined, since accept.</param>
public readonly record struct ConnectionView(
    ConnectionRecord Record, ConnectionPhase Phase, TimeSpan Age, TimeSpan Idle, long BytesUp, long BytesDown)
{
    public long Id => Record.Link.Id;

    public long Bytes => BytesUp + BytesDown;

    public static ConnectionView Of(ConnectionRecord record, TimeProvider time, long now)
    {
        var link = record.Link;
        var counters = link.Counters;
        var lastMove = counters.JoinedAt == 0 ? link.AcceptedAt : Math.Max(counters.LastUp, counters.LastDown);
        return new ConnectionView(
            record,
            PhaseOf(record),
            Since(link.AcceptedAt),
            Since(lastMove),
            counters.BytesUp,
            counters.BytesDown);

        // Another thread may have moved a byte after this one has read the clock.
        TimeSpan Since(long then) => then >= now ? TimeSpan.Zero : time.GetElapsedTime(then, now);
    }

    private static ConnectionPhase PhaseOf(ConnectionRecord record) =>
        record.Reason != CloseReason.None ? ConnectionPhase.Closing
        : record.Phase == ConnectionPhase.Redialling ? ConnectionPhase.Dialling
        : record.Phase;
}
