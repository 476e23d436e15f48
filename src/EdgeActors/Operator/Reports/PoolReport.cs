using EdgeActors.Answers;
using EdgeActors.Node;
using EdgeActors.Routing;

namespace EdgeActors.Operator.Reports;

/// <summary><c>backends</c>.</summary>
internal static class PoolReport
{
    private static readonly Column[] Columns =
    [
        new("backend", CellType.Text),
        new("server", CellType.Text),
        new("address", CellType.Text) { IsExtra = true },
        new("state", CellType.State),
        new("connections", CellType.Number),
        new("maxconn", CellType.Number),
        new("queued", CellType.Number),
        new("weight", CellType.Number),
        new("check", CellType.Text),
        new("since", CellType.Duration),
        new("backup", CellType.Flag) { IsExtra = true },
        new("failed-checks", CellType.Number) { IsExtra = true },
        new("downs", CellType.Number) { IsExtra = true },
        new("certificate-expires", CellType.Time) { IsExtra = true },
        new("elsewhere", CellType.Text) { IsExtra = true },
    ];

    public static Answer Of(NodeState node, string? backend)
    {
        var pools = node.Routes.Current.Backends.OrderBy(static pool => pool.Name, StringComparer.Ordinal).ToArray();
        if (backend is not null && !pools.Any(pool => pool.Name == backend))
            return ConnectionReport.Unknown("backend", backend, pools.Select(static pool => pool.Name));
        return new TableAnswer(
            "servers",
            Columns,
            [.. from pool in pools
                where backend is null || pool.Name == backend
                from server in pool.Servers
                select Row(pool, server, node)]);
    }

    /// <summary>Of all servers, as BACKEND/SERVER.</summary>
    public static IEnumerable<string> Names(NodeState node) =>
        node.Routes.Current.Backends.SelectMany(static pool => pool.Servers.Select(server => $"{pool.Name}/{server.Name}"));

    /// <summary>One word for what an operator and the checks say; the operator's comes first.</summary>
    public static string StateOf(ServerModel server) => server switch
    {
        { Admin: AdminState.Drain } => "DRAIN",
        { Admin: AdminState.Maint } => "MAINT",
        { HasAddress: false } => "DOWN (no address)",
        { Up: false } => "DOWN",
        _ => "UP",
    };

    private static IReadOnlyList<object?> Row(BackendPool pool, ServerModel server, NodeState node)
    {
        var health = server.State.Health;
        return
        [
            pool.Name,
            server.Name,
            server.HasAddress ? server.EndPoint.ToString() : null,
            StateOf(server),
            (long)server.State.Connections,
            server.Settings.MaxConnections == 0 ? null : (long)server.Settings.MaxConnections,
            (long)pool.Queue.Count,
            (long)server.Weight,
            health?.Last.ToString(),
            health?.Since is { } since ? node.Time.GetUtcNow() - since : null,
            server.Settings.IsBackup,
            health?.ChecksFailed,
            health?.TimesDown,
            health?.CertificateExpires,
            node.Peers.Of(pool.Name, server.Name, server.EndPoint).Words,
        ];
    }
}
