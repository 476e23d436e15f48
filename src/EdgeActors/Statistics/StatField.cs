using EdgeActors.Routing;

namespace EdgeActors.Statistics;

/// <summary>A number, a text, or neither.</summary>
/// <param name="Number">NaN: no number.</param>
public readonly record struct StatValue(double Number, string? Text)
{
    public static StatValue None { get; } = new(double.NaN, null);

    public bool IsNumber => !double.IsNaN(Number);

    public static implicit operator StatValue(long number) => new(number, null);

    public static implicit operator StatValue(long? number) => number is { } there ? there : None;

    public static implicit operator StatValue(string? text) => new(double.NaN, text);
}

public enum MetricType
{
    Gauge,
    Counter,
    Histogram,
}

/// <summary>A metric of HAProxy's exporter.</summary>
/// <param name="Name">The part after the prefix, e.g. <c>haproxy_server_</c>.</param>
/// <param name="Scale">Factor from the column's unit to the metric's, e.g. from milliseconds to seconds.</param>
/// <param name="Only">Rows with this metric, if fewer than the column's.</param>
public sealed record StatMetric(
    string Name, MetricType Type, string Help, double Scale = 1, StatRowKind Only = StatRowKind.Frontend | StatRowKind.Backend | StatRowKind.Server);

/// <summary>One column of statistics.</summary>
/// <param name="Column">Its name in HAProxy's CSV.</param>
/// <param name="Metric">Null: no metric, or one in <see cref="StatStates"/>.</param>
public sealed record StatField(string Column, StatRowKind Rows, Func<StatRow, StatValue> Get, StatMetric? Metric = null)
{
    public StatValue Of(StatRow row) => (Rows & row.Kind) == 0 ? StatValue.None : Get(row);
}

/// <summary>A metric with one series per state.</summary>
/// <param name="Get">1 or 0, or the count in the state at this index; null: the row does not have the metric.</param>
public sealed record StatStates(StatRowKind Rows, string Name, string Help, IReadOnlyList<string> States, Func<StatRow, int, long?> Get);

/// <summary>HAProxy's metrics with a <c>state</c> label.</summary>
public static class StatStateTable
{
    private static readonly string[] UpOrDown = ["DOWN", "UP"];

    /// <summary>Values of <see cref="StatRow.Standing"/>, and NOLB, which Edge does not have.</summary>
    private static readonly string[] Standings = ["DOWN", "UP", "MAINT", "DRAIN", "NOLB"];

    /// <summary>Statuses of completed checks, without HAProxy's PROC... and L7OKC, which Edge does not have.</summary>
    private static readonly CheckStatus[] Outcomes = [
        .. Enum.GetValues<CheckStatus>().Where(static status => status != CheckStatus.Initial)
    ];

    private static readonly string[] OutcomeLabels = [.. Outcomes.Select(static status => status.Label())];

    public static IReadOnlyList<StatStates> All { get; } =
    [
        new(StatRowKind.Frontend, "status", Status, UpOrDown, static (row, i) => row.IsUp == (i == 1) ? 1 : 0),
        new(StatRowKind.Backend, "status", Status, UpOrDown, static (row, i) => row.IsUp == (i == 1) ? 1 : 0),
        new(StatRowKind.Backend, "agg_server_status", "Backend's aggregated gauge of servers' status", Standings,
            static (row, i) => Count(row, i, static (server, i) => server.Standing == Standings[i])),
        new(StatRowKind.Backend, "agg_check_status", "Backend's aggregated gauge of servers' state check status", OutcomeLabels,
            static (row, i) => Count(row, i, static (server, i) => server.Health?.Last.Status == Outcomes[i])),
        new(StatRowKind.Server, "status", Status, Standings, static (row, i) => row.Standing == Standings[i] ? 1 : 0),
        new(StatRowKind.Server, "check_status", "Status of last health check, per state label value.", OutcomeLabels,
            static (row, i) => row.Health is null ? null : row.Health.Last.Status == Outcomes[i] ? 1 : 0),
    ];

    private static int Count(StatRow backend, int state, Func<StatRow, int, bool> isIn) =>
        backend.Servers.Count(server => isIn(server, state));

    private const string Status = "Current status of the service, per state label value.";
}
