using System.Net;
using System.Text.Json;
using EdgeActors.Answers;
using EdgeActors.Node;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Statistics;
using EdgeActors.Transport;

namespace EdgeActors.Operator.Reports;

/// <summary><c>routes</c> and <c>route</c>.</summary>
internal static class RouteReport
{
    public static Answer Of(RouteSnapshot snapshot)
    {
        (string? Listener, RouteTable Table)[] tables =
            [(null, snapshot.Table), .. snapshot.Table.OfListeners.OrderBy(static own => own.Key, StringComparer.Ordinal)
                .Select(static own => ((string?)own.Key, own.Value))];
        var targets = (
            from table in tables
            from route in table.Table.Routes
            from target in route.Protocols.Append(new ProtocolRoute("", route.Backend, route.Refuse))
            where target is not { Backend: null, Refuse: null }
            let pool = target.Backend is { } name ? snapshot.PoolOf(name) : null
            select (route.ServerName, Target: target, table.Listener, Pool: pool)).ToArray();
        return TableAnswer.Of(
            "routes",
            targets,
            new("name", CellType.Text, static row => row.ServerName),
            new("alpn", CellType.Text, static row => row.Target.Protocol.Length == 0 ? null : row.Target.Protocol),
            new("backend", CellType.Text, static row => row.Target.Backend),
            new("usable", CellType.Number, static row => (long?)row.Pool?.Servers.Count(static server => server.IsUsable)),
            new("servers", CellType.Number, static row => (long?)row.Pool?.Servers.Length),
            new("refuse", CellType.Text, static row => Word(row.Target.Refuse),
                IsExtra: targets.All(static row => row.Target.Refuse is null)),
            new("listener", CellType.Text, static row => row.Listener, IsExtra: tables.Length == 1));
    }

    public static Answer Explain(NodeState node, ExplainRoute explain)
    {
        var snapshot = node.Routes.Current;
        var listeners = node.Listeners.All.Select(static listener => listener.Settings.Name).ToArray();
        if (explain.Listener is { } unknown && !listeners.Contains(unknown))
            return ConnectionReport.Unknown("listener", unknown, listeners);
        if (explain.Listener is null && snapshot.Table.OfListeners.Count > 0)
            return Compare(node, explain);
        var choice = RouteChoice.Of(snapshot.Table.For(explain.Listener), explain.ServerName, explain.Protocols);
        List<Fact> facts =
        [
            new("name", CellType.Text, explain.ServerName),
            new("rule", CellType.Text, choice.Rule?.ServerName),
            new("match", CellType.Text, choice.Match),
            new("alpn", CellType.Text, choice.Protocol),
            new("backend", CellType.Text, choice.Backend),
        ];
        if (explain.Listener is { } listener)
            facts.Insert(0, new("listener", CellType.Text, listener));
        if (choice.Refuse is not null)
            return new FactsAnswer([.. facts, new("outcome", CellType.Text, Refused(CloseReason.SniRefused, choice.Refuse))]);
        if (choice.Backend is null)
            return new FactsAnswer(facts, Refusals(node, explain.Listener));
        var pool = snapshot.PoolOf(choice.Backend)!;
        facts.AddRange(
            new("balance", CellType.Text, StatFields.Algorithm(pool.Settings.Pool.Balance)),
            new("outcome", CellType.Text, Outcome(pool)));
        return new FactsAnswer(facts, ServerChoice.Table(pool, explain.Client));
    }

    /// <summary>The route of a name at each listener, if listeners have routes of their own.</summary>
    private static TableAnswer Compare(NodeState node, ExplainRoute explain)
    {
        var snapshot = node.Routes.Current;
        var choices = node.Listeners.All.Select(listener => (
            listener.Settings,
            Choice: RouteChoice.Of(snapshot.Table.For(listener.Settings.Name), explain.ServerName, explain.Protocols)));
        return TableAnswer.Of(
            "choices",
            choices,
            new("listener", CellType.Text, static row => row.Settings.Name),
            new("rule", CellType.Text, static row => row.Choice.Rule?.ServerName),
            new("alpn", CellType.Text, static row => row.Choice.Protocol),
            new("backend", CellType.Text, static row => row.Choice.Backend),
            new("outcome", CellType.Text, row => row.Choice switch
            {
                { Refuse: { } mode } => Refused(CloseReason.SniRefused, mode),
                { Backend: { } backend } => Outcome(snapshot.PoolOf(backend)!),
                _ => Outcome(row.Settings.Refusals.UnknownSni),
            }),
            new("match", CellType.Text, static row => row.Choice.Match, IsExtra: true));
    }

    /// <summary>How each listener, or only <paramref name="one"/>, refuses a name without a route.</summary>
    private static TableAnswer Refusals(NodeState node, string? one) => TableAnswer.Of(
        "refused",
        node.Listeners.All.Where(listener => one is null || listener.Settings.Name == one),
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
        : Refused(CloseReason.UnknownSni, policy.Mode);

    private static string Refused(CloseReason reason, CloseMode? mode) => $"{reason.Facts().Label}, {Word(mode)}";

    /// <summary>The word of the configuration.</summary>
    private static string? Word(CloseMode? mode) => mode is { } one ? JsonNamingPolicy.KebabCaseLower.ConvertName($"{one}") : null;
}

/// <summary>The route of a name, with the reason. Must agree with <see cref="RouteTable.Find"/>, which is faster.</summary>
/// <param name="Rule">Null: there is none for this name.</param>
/// <param name="Match">Why this rule and none of the others.</param>
/// <param name="Protocol">That has decided, of those that the client offers; null: none did.</param>
/// <param name="Backend">If this and <paramref name="Refuse"/> are null, the name counts as unknown.</param>
/// <param name="Refuse">How the route refuses the client.</param>
internal sealed record RouteChoice(RouteSettings? Rule, string Match, string? Protocol, string? Backend, CloseMode? Refuse = null)
{
    public static RouteChoice Of(RouteTable table, string name, IReadOnlyList<string> protocols)
    {
        var (rule, match) = Find(table, name);
        if (rule is null)
            return new RouteChoice(null, match, null, null);
        foreach (var offered in protocols)
        {
            if (rule.Protocols.FirstOrDefault(route => route.Protocol == offered) is { } route)
                return new RouteChoice(rule, match, offered, route.Backend, route.Refuse);
        }
        if (rule is { Backend: null, Refuse: null })
            match += ", but it has no backend for these protocols, nor one for all others";
        return new RouteChoice(rule, match, null, rule.Backend, rule.Refuse);
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

/// <summary>The server that a client would get, with reasons: the pool's choice without advancing its rotation.</summary>
internal sealed class ServerChoice
{
    private readonly BalanceAlgorithm _balance;
    private readonly BackendPool _pool;
    private readonly IPAddress? _client;

    /// <summary>Those that would do, and those of them that have room.</summary>
    private readonly ulong _candidates, _open;

    /// <summary>Those among which the next turn decides; a single one is certain.</summary>
    private readonly ulong _next;

    private ServerChoice(BackendPool pool, IPAddress? client)
    {
        _balance = pool.Settings.Pool.Balance;
        _pool = pool;
        _client = client;
        _candidates = pool.Candidates;
        foreach (var server in pool.Servers)
        {
            if (Has(_candidates, server) && !server.IsFull)
                _open |= server.Bit;
        }
        _next = Next();
    }

    public static TableAnswer Table(BackendPool pool, IPAddress? client)
    {
        var choice = new ServerChoice(pool, client);
        return TableAnswer.Of(
            "servers",
            pool.Servers.Select(server => (Server: server, Verdict: choice.Verdict(server))),
            new("server", CellType.Text, static row => row.Server.Name),
            new("address", CellType.Text, static row => row.Server.HasAddress ? row.Server.EndPoint.ToString() : null, IsExtra: true),
            new("state", CellType.State, static row => PoolReport.StateOf(row.Server)),
            new("connections", CellType.Number, static row => (long)row.Server.State.Connections, IsExtra: true),
            new("weight", CellType.Number, static row => (long)row.Server.Weight, IsExtra: true),
            new("share", CellType.Percent, row => choice.Share(row.Server)),
            new("chosen", CellType.Text, static row => row.Verdict.Chosen),
            new("why", CellType.Text, static row => row.Verdict.Why));
    }

    private (string Chosen, string Why) Verdict(ServerModel server)
    {
        if (server.Admin != AdminState.Ready)
            return ("no", "an operator has taken it out of use");
        if (!server.HasAddress)
            return ("no", "its host name has no address yet");
        if (server.IsObsolete)
            return ("no", "its host name no longer has this address");
        if (!server.Up)
            return ("no", $"its checks say so: {server.State.Health?.Last.ToString() ?? "DOWN"}");
        if (server.Weight == 0)
            return ("no", "its weight is 0");
        if (!Has(_candidates, server))
            return ("no", _pool.Servers.Any(other => !other.Settings.IsBackup && Has(_candidates, other))
                ? "a backup, and others are usable"
                : "a backup, and another one comes first");
        if (Has(_next, server))
            return (_next & (_next - 1)) == 0 ? Certain(server) : ("maybe", Reason());
        return ("no", !Has(_open, server) ? $"full: {server.State.Connections} of {server.Settings.MaxConnections}" : NotNext());
    }

    private (string Chosen, string Why) Certain(ServerModel server) => server.IsFull
        ? ("waits", $"full: {server.State.Connections} of {server.Settings.MaxConnections}; a client keeps to its server")
        : ("yes", (_candidates & (_candidates - 1)) == 0 ? "no other server would do" : Reason());

    private string Reason() => _balance switch
    {
        BalanceAlgorithm.LeastConnections => "the fewest connections for its weight",
        BalanceAlgorithm.Random => "of two drawn by weight, the one with fewer connections",
        BalanceAlgorithm.Source => _client is null ? "by the client's address, which --ip says" : "this client's own, by its address",
        BalanceAlgorithm.First => "the first one with room",
        _ => "in turns, by weight",
    };

    private string NotNext() => _balance switch
    {
        BalanceAlgorithm.LeastConnections => "another one has fewer connections for its weight",
        BalanceAlgorithm.Source => "this client's is another one",
        _ => "an earlier one has room",
    };

    /// <summary>Of new connections, in the long run; nothing where it depends on more than weights.</summary>
    private object? Share(ServerModel server)
    {
        if (_balance == BalanceAlgorithm.First || !Has(_candidates, server))
            return null;
        var all = _pool.Servers.Where(one => Has(_candidates, one)).Sum(static one => one.Weight);
        return 100.0 * server.Weight / all;
    }

    private ulong Next()
    {
        if (_balance == BalanceAlgorithm.Source)
            return _client is null || _candidates == 0
                ? _candidates
                : BackendPool.Bit(Balancer.For(_balance, _pool.Servers).Choose(
                    _candidates, [.. _pool.Servers.Select(static server => server.Weight)], _client));
        return _balance switch
        {
            BalanceAlgorithm.First => _open & (0 - _open),
            BalanceAlgorithm.LeastConnections => LeastLoaded(),
            _ => _open,
        };
    }

    private ulong LeastLoaded()
    {
        var open = _pool.Servers.Where(server => Has(_open, server)).ToArray();
        if (open.Length == 0)
            return 0;
        var least = open.Min(Load);
        return open.Where(server => Load(server) == least).Aggregate(0UL, static (set, server) => set | server.Bit);
    }

    private static decimal Load(ServerModel server) => (server.State.Connections + 1m) / server.Weight;

    private static bool Has(ulong set, ServerModel server) => (set & server.Bit) != 0;
}
