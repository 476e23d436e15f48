using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Operator;

/// <summary>Selects connections by all of its parts; a null part matches all.</summary>
public sealed record ConnectionFilter
{
    /// <summary>Of a connection without a server name, where a name is asked for.</summary>
    public const string NoName = "-";

    public static ConnectionFilter All { get; } = new();

    public Cidr? Network { get; init; }

    /// <summary>The server name itself; with <c>*.</c> ahead of it, every name below; <see cref="NoName"/>: there is none.</summary>
    public string? ServerName { get; init; }

    public string? Backend { get; init; }

    public string? Server { get; init; }

    public string? Listener { get; init; }

    public ConnectionPhase? State { get; init; }

    public TimeSpan? AgeOver { get; init; }

    public TimeSpan? AgeUnder { get; init; }

    public long? BytesOver { get; init; }

    public long? Generation { get; init; }

    public long? Id { get; init; }

    public bool IsAll => this == All;

    public bool Matches(in ConnectionView view)
    {
        var record = view.Record;
        return (Backend is null || Backend == record.Backend)
            && (Server is null || Server == record.Server)
            && (Listener is null || Listener == record.Listener)
            && (State is null || State == view.Phase)
            && (Generation is null || Generation == record.Generation)
            && (Id is null || Id == view.Id)
            && (AgeOver is null || view.Age >= AgeOver)
            && (AgeUnder is null || view.Age < AgeUnder)
            && (BytesOver is null || view.Bytes >= BytesOver)
            && (ServerName is null || IsNamed(record.ServerName))
            && (Network is not { } network || IsIn(network, AddressKey.From(record.ClientAddress)));
    }

    /// <summary>By address family, as in a listener's lists: no IPv4 client is in ::/0.</summary>
    private static bool IsIn(in Cidr network, in AddressKey address) =>
        address.IsIPv4 == network.IsIPv4 && address.First(network.Bits) == network.First;

    private bool IsNamed(string? name)
    {
        if (name is null)
            return ServerName == NoName;
        // "*.example.org": below it, and so longer by a label at least.
        return ServerName!.StartsWith(RouteSettings.AnyLabels, StringComparison.Ordinal)
            ? name.Length >= ServerName.Length && name.AsSpan().EndsWith(ServerName.AsSpan(1), StringComparison.Ordinal)
            : name == ServerName;
    }
}

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
        return new ConnectionView(record, PhaseOf(record), Since(link.AcceptedAt), Since(lastMove), counters.BytesUp, counters.BytesDown);

        // Another thread may have moved a byte after this one has read the clock.
        TimeSpan Since(long then) => then >= now ? TimeSpan.Zero : time.GetElapsedTime(then, now);
    }

    private static ConnectionPhase PhaseOf(ConnectionRecord record) =>
        record.Reason != CloseReason.None ? ConnectionPhase.Closing
        : record.Phase == ConnectionPhase.Redialling ? ConnectionPhase.Dialling
        : record.Phase;
}
