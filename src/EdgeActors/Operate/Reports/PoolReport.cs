using EdgeActors.Health;
using EdgeActors.Node;
using EdgeActors.Operate.Answers;
using EdgeActors.Route;

namespace EdgeActors.Operate.Reports;

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
        var pools = node.Routes.Current.Backends.Select(static entry => entry.Pool).OrderBy(static pool => pool.Name, StringComparer.Ordinal).ToArray();
        if (backend is not null && !pools.Any(pool => pool.Name == backend))
            return ConnectionReport.Unknown("backend", backend, pools.Select(static pool => pool.Name));
        var checks = node.Checks.Statuses.ToDictionary(static status => (status.Backend, status.Server));
        return new TableAnswer(
            "servers",
            Columns,
            [.. from pool in pools
                where backend is null || pool.Name == backend
                from server in pool.Servers
                select Row(pool, server, checks.GetValueOrDefault((pool.Name, server.Name)), node)]);
    }

    /// <summary>Of all servers, as BACKEND/SERVER.</summary>
    public static IEnumerable<string> Names(NodeState node) =>
        node.Routes.Current.Backends.SelectMany(static entry => entry.Pool.Servers.Select(server => $"{entry.Pool.Name}/{server.Name}"));

    /// <summary>One word for what an operator and the checks say; the operator's comes first.</summary>
    public static string StateOf(ServerStatus status) => status switch
    {
        { Admin: AdminState.Drain } => "DRAIN",
        { Admin: AdminState.Maint } => "MAINT",
        { HasAddress: false } => "DOWN (no address)",
        { Up: false } => "DOWN",
        _ => "UP",
    };

    private static IReadOnlyList<object?> Row(BackendPool pool, BackendServer server, ProbeStatus? check, NodeState node)
    {
        var status = pool.Status(server.Index);
        return
        [
            pool.Name,
            server.Name,
            server.HasAddress ? server.EndPoint.ToString() : null,
            StateOf(status),
            (long)server.Connections,
            server.MaxConnections == 0 ? null : (long)server.MaxConnections,
            (long)pool.Queue.Count,
            (long)status.Weight,
            check?.Last.ToString(),
            check?.Since is { } since ? node.Time.GetUtcNow() - since : null,
            server.IsBackup,
            check?.ChecksFailed,
            check?.TimesDown,
            check?.CertificateExpires,
            node.Peers.Of(pool.Name, server.Name, server.EndPoint).Words,
        ];
    }
}
