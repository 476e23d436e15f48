using System.Text;
using EdgeActors.Answers;
using EdgeActors.Node;
using EdgeActors.Routing;
using EdgeActors.Settings;

namespace EdgeActors.Operator.Reports;

/// <summary><c>routes</c> and <c>route</c>.</summary>
internal static class RouteReport
{
    public static Answer Of(RouteSnapshot snapshot) => new TableAnswer(
        "routes",
        [new("name", CellType.Text), new("alpn", CellType.Text), new("backend", CellType.Text), new("usable", CellType.Number), new("servers", CellType.Number)],
        [
            .. from route in snapshot.Table.Routes
               from target in route.Protocols.Select(static one => (Protocol: (string?)one.Protocol, Backend: (string?)one.Backend)).Append((null, route.Backend))
               where target.Backend is not null
               let pool = snapshot.PoolOf(target.Backend)
               select (IReadOnlyList<object?>)[route.ServerName, target.Protocol, target.Backend, (long)pool.Servers.Count(static server => server.IsUsable), (long)pool.Servers.Length],
        ]);

    public static Answer Explain(NodeState node, ExplainRoute explain)
    {
        var snapshot = node.Routes.Current;
        var choice = RouteChoice.Of(snapshot.Table, explain.ServerName, explain.Protocols);
        List<Fact> facts =
        [
            new("name", CellType.Text, explain.ServerName),
            new("rule", CellType.Text, choice.Rule?.ServerName),
            new("match", CellType.Text, choice.Match),
            new("alpn", CellType.Text, choice.Protocol),
            new("backend", CellType.Text, choice.Backend),
        ];
        if (choice.Backend is null)
            return new FactsAnswer(facts, Refusals(node));
        var pool = snapshot.PoolOf(choice.Backend)!;
        facts.AddRange(
        [
            new("balance", CellType.Text, WordOf(pool.Settings.Pool.Balance)),
            new("outcome", CellType.Text, Outcome(pool)),
        ]);
        return new FactsAnswer(facts, ServerChoice.Table(pool, explain.Client));
    }

    /// <summary>What each entrance does with a name that has no route.</summary>
    private static TableAnswer Refusals(NodeState node) => new(
        "refused",
        [new("listener", CellType.Text), new("outcome", CellType.Text)],
        [.. node.Listeners.All.Select(static entrance => (IReadOnlyList<object?>)[entrance.Settings.Name, Outcome(entrance.Settings.Refusals.UnknownSni)])]);

    /// <summary>As the router would answer now, a client's own server left aside.</summary>
    private static string Outcome(BackendPool pool) => pool switch
    {
        { Candidates: 0 } => "NO_SERVER: none is usable",
        { Queue.Count: > 0 and var others } => $"waits behind {others} other(s)",
        _ when pool.Servers.Any(server => (pool.Candidates & server.Bit) != 0 && !server.IsFull) => "a server",
        { Settings.Pool.Queue.Max: 0 } => "QUEUE_FULL: every usable server is full, and none waits here",
        _ => "waits: every usable server is full",
    };

    private static string Outcome(RefusalPolicy policy) => policy.Backend is { } backend
        ? $"to the backend {backend} (on-unknown-sni)"
        : policy.Mode switch
        {
            CloseMode.SilentDrop => "UNKNOWN_SNI, silent-drop",
            CloseMode.Reset => "UNKNOWN_SNI, reset",
            CloseMode.Alert => "UNKNOWN_SNI, alert",
            _ => "UNKNOWN_SNI, close",
        };

    private static string WordOf(BalanceAlgorithm balance) => balance switch
    {
        BalanceAlgorithm.LeastConnections => "leastconn",
        _ => balance.ToString().ToLowerInvariant(),
    };
}
