using Akka.Actor;
using EdgeActors.Answers;
using EdgeActors.Node;
using EdgeActors.Routing;

namespace EdgeActors.Operator.Reports;

/// <summary><c>backends</c> and <c>server</c>.</summary>
internal static class PoolReport
{
    public static Answer Of(NodeState node, string? backend)
    {
        var pools = node.Routes.Current.Backends.OrderBy(static pool => pool.Name, StringComparer.Ordinal).ToArray();
        if (backend is not null && !pools.Any(pool => pool.Name == backend))
            return ConnectionReport.Unknown("backend", backend, pools.Select(static pool => pool.Name));
        var servers =
            from pool in pools
            where backend is null || pool.Name == backend
            from server in pool.Servers
            select (Pool: pool, Server: server, server.State.Health);
        return TableAnswer.Of(
            "servers",
            servers,
            new("backend", CellType.Text, static row => row.Pool.Name),
            new("server", CellType.Text, static row => row.Server.Name),
            new("address", CellType.Text, static row => row.Server.HasAddress ? row.Server.EndPoint.ToString() : null, IsExtra: true),
            new("state", CellType.State, static row => StateOf(row.Server)),
            new("connections", CellType.Number, static row => (long)row.Server.State.Connections),
            new("maxconn", CellType.Number, static row => row.Server.Settings.MaxConnections is var max and > 0 ? (long)max : null),
            new("queued", CellType.Number, static row => (long)row.Pool.Queue.Count),
            new("weight", CellType.Number, static row => (long)row.Server.Weight),
            new("check", CellType.Text, static row => row.Health?.Last.ToString()),
            new("since", CellType.Duration, row => row.Health?.Since is { } since ? node.Time.GetUtcNow() - since : null),
            new("backup", CellType.Flag, static row => row.Server.Settings.IsBackup, IsExtra: true),
            new("failed-checks", CellType.Number, static row => row.Health?.ChecksFailed, IsExtra: true),
            new("downs", CellType.Number, static row => row.Health?.TimesDown, IsExtra: true),
            new("certificate-expires", CellType.Time, static row => row.Health?.CertificateExpires, IsExtra: true),
            new(
                "elsewhere",
                CellType.Text,
                row => node.Peers.Of(row.Pool.Name, row.Server.Name, row.Server.EndPoint).Words,
                IsExtra: true));
    }

    /// <summary><c>server</c>: asks the router, which alone changes servers.</summary>
    public static async Task<Answer> Change(NodeState node, ChangeServer change, TimeSpan timeout)
    {
        var set = await node.Actors.Router.Ask<ServerSet>(
            new SetServer(change.Backend, change.Server, change.State, change.Weight), timeout).ConfigureAwait(false);
        var name = $"{change.Backend}/{change.Server}";
        if (set.Server is not { } server)
            return ConnectionReport.Unknown("server", name, Names(node));
        return new FactsAnswer(
        [
            new("server", CellType.Text, name),
            new("state", CellType.State, StateOf(server)),
            new("weight", CellType.Number, (long)server.Weight),
        ]);
    }

    /// <summary>Of all servers, as BACKEND/SERVER.</summary>
    private static IEnumerable<string> Names(NodeState node) =>
        node.Routes.Current.Backends.SelectMany(static pool => pool.Servers.Select(server => $"{pool.Name}/{server.Name}"));

    /// <summary>One word for administrative state and health; the administrative state has precedence.</summary>
    public static string StateOf(ServerModel server) => server switch
    {
        { Admin: AdminState.Drain } or { Admin: AdminState.Ready, IsObsolete: true } => "DRAIN",
        { Admin: AdminState.Maint } => "MAINT",
        { HasAddress: false } => "DOWN (no address)",
        { Up: false } => "DOWN",
        _ => "UP",
    };
}
