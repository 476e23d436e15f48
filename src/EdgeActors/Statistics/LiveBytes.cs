using EdgeActors.Connection;
using EdgeActors.Telemetry.Traffic;

namespace EdgeActors.Statistics;

/// <summary>
/// Bytes of live connections are nobody's to add while they move: who wants to know them sums them up here, and then reads
/// <see cref="SessionTraffic.BytesUp"/> and <see cref="SessionTraffic.BytesDown"/>.
/// </summary>
public static class LiveBytes
{
    private static readonly Lock OneAtATime = new();

    /// <param name="owners">Whose sums are wanted.</param>
    public static void Sum(IReadOnlyCollection<SessionTraffic> owners, LiveConnections live)
    {
        ArgumentNullException.ThrowIfNull(owners);
        ArgumentNullException.ThrowIfNull(live);
        lock (OneAtATime)
        {
            foreach (var owner in owners)
                owner.BeginSum();
            foreach (var record in live.Records)
                Add(record);
            foreach (var owner in owners)
                owner.EndSum();
        }
    }

    private static void Add(LiveConnection record)
    {
        var counters = record.Link.Counters;
        var (up, down) = (counters.BytesUp, counters.BytesDown);
        if ((up | down) == 0)
            return;
        record.Traffic.AddLive(up, down);
        // An end releases the lease first; until the bytes are counted as left, they are missed here.
        if (record.Taken is not { } server)
            return;
        server.Traffic.AddLive(up, down);
        server.Backend.Traffic.AddLive(up, down);
    }
}
