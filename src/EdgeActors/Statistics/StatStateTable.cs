using EdgeActors.Routing;

namespace EdgeActors.Statistics;

/// <summary>HAProxy's metrics with a <c>state</c> label.</summary>
internal static class StatStateTable
{
    private static readonly string[] UpOrDown = ["DOWN", "UP"];

    /// <summary>Of <see cref="StatRow.Standing"/>, and one that Edge does not have.</summary>
    private static readonly string[] Standings = ["DOWN", "UP", "MAINT", "DRAIN", "NOLB"];

    /// <summary>Of checks that have ended; HAProxy's PROC... and L7OKC are of kinds that Edge has not.</summary>
    private static readonly CheckStatus[] Outcomes = [.. Enum.GetValues<CheckStatus>().Where(static status => status != CheckStatus.Initial)];

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

    private static int Count(StatRow backend, int state, Func<StatRow, int, bool> isIn)
    {
        var count = 0;
        for (var i = 0; i < backend.Servers.Count; i++)
            count += isIn(backend.Servers[i], state) ? 1 : 0;
        return count;
    }

    private const string Status = "Current status of the service, per state label value.";
}
