using EdgeActors.Answers;
using EdgeActors.Node;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Statistics;

namespace EdgeActors.Operator.Reports;

/// <summary><c>routes</c> and <c>route</c>.</summary>
internal static class RouteReport
{
    public static Answer Of(RouteSnapshot snapshot)
    {
        var targets =
            from route in snapshot.Table.Routes
            from target in route.Protocols.Select(static one => ((string?)one.Protocol, (string?)one.Backend)).Append((null, route.Backend))
            where target.Item2 is not null
            select (route.ServerName, Protocol: target.Item1, Backend: target.Item2, snapshot.PoolOf(target.Item2)!.Servers);
        return TableAnswer.Of(
            "routes",
            targets,
            new("name", CellType.Text, static row => row.ServerName),
            new("alpn", CellType.Text, static row => row.Protocol),
            new("backend", CellType.Text, static row => row.Backend),
            new("usable", CellType.Number, static row => (long)row.Servers.Count(static server => server.IsUsable)),
            new("servers", CellType.Number, static row => (long)row.Servers.Length));
    }

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
            new("balance", CellType.Text, StatFields.Algorithm(pool.Settings.Pool.Balance)),
            new("outcome", CellType.Text, Outcome(pool)));
        return new FactsAnswer(facts, ServerChoice.Table(pool, explain.Client));
    }

    /// <summary>What each listener does with a name that has no route.</summary>
    private static TableAnswer Refusals(NodeState node) => TableAnswer.Of(
        "refused",
        node.Listeners.All,
        new("listener", CellType.Text, static listener => listener.Settings.Name),
        new("outcome", CellType.Text, static listener => Outcome(listener.Settings.Refusals.UnknownSni)));

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
}

/// <summary>Which route takes a name, told with its reason. It must come to what <see cref="RouteTable.TryFind"/> comes to, faster.</summary>
/// <param name="Rule">Null: there is none for this name.</param>
/// <param name="Match">Why this rule and none of the others.</param>
/// <param name="Protocol">That has decided, of those that the client offers; null: none did.</param>
/// <param name="Backend">Null: the name counts as unknown.</param>
internal sealed record RouteChoice(RouteSettings? Rule, string Match, string? Protocol, string? Backend)
{
    public static RouteChoice Of(RouteTable table, string name, IReadOnlyList<string> protocols)
    {
        var (rule, match) = Find(table, name);
        if (rule is null)
            return new RouteChoice(null, match, null, null);
        foreach (var offered in protocols)
        {
            if (rule.Protocols.FirstOrDefault(route => route.Protocol == offered) is { } route)
                return new RouteChoice(rule, match, offered, route.Backend);
        }
        return new RouteChoice(
            rule, rule.Backend is null ? $"{match}, but it has no backend for these protocols, nor one for all others" : match, null, rule.Backend);
    }

    private static (RouteSettings? Rule, string Match) Find(RouteTable table, string name)
    {
        if (table.Routes.FirstOrDefault(route => route.ServerName == name) is { } own)
            return (own, "exact: the name has a route of its own");
        var below = table.Routes
            .Where(route => route.ServerName.StartsWith(RouteSettings.AnyLabels, StringComparison.Ordinal)
                && name.EndsWith(route.ServerName[1..], StringComparison.Ordinal))
            .MaxBy(static route => route.ServerName.Length);
        if (below is not null)
            return (below, "suffix: of the names that it is below, this is the longest with a route");
        return table.Routes.FirstOrDefault(static route => route.ServerName == RouteSettings.AnyName) is { } other
            ? (other, "default: no other route takes it")
            : (null, "none: neither the name nor one above it has a route, and there is no default");
    }
}
