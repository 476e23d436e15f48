using System.Diagnostics;
using EdgeActors.Connection;
using EdgeActors.Node;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry.Traffic;

namespace EdgeActors.Statistics;

[Flags]
public enum StatRowKind
{
    Frontend = 1,
    Backend = 2,
    Server = 4,
}

/// <summary>One listener, backend or server at the time of a reading, with the objects that its figures come from.</summary>
/// <param name="Proxy">The listener's or the backend's name.</param>
/// <param name="Name">The server's name; <c>FRONTEND</c> and <c>BACKEND</c> for the others.</param>
/// <param name="Now">Timestamp of the reading.</param>
/// <param name="ProxyId">Its number among the listeners and backends, from 1.</param>
public sealed record StatRow(StatRowKind Kind, string Proxy, string Name, SessionTraffic Traffic, long Now, int ProxyId)
{
    /// <summary>Listeners only: whether it accepts.</summary>
    public bool IsOpen { get; init; }

    /// <summary>Listeners only: maximum of simultaneous connections.</summary>
    public int Limit { get; init; }

    public BackendPool? Pool { get; init; }

    public BackendSettings? Backend => Pool?.Settings;

    /// <summary>Null for all but servers.</summary>
    public ServerModel? Server { get; init; }

    /// <summary>Checked servers only.</summary>
    public ServerHealth? Health { get; init; }

    public IReadOnlyList<StatRow> Servers { get; init; } = [];

    public PoolTraffic PoolTraffic => (PoolTraffic)Traffic;

    public bool IsUp => Kind switch
    {
        StatRowKind.Frontend => IsOpen,
        StatRowKind.Backend => Pool!.IsUsable,
        _ => Server!.Up,
    };

    /// <summary>Servers only: HAProxy's status word.</summary>
    public string Standing => Server! switch
    {
        { Admin: AdminState.Maint } or { HasAddress: false } => "MAINT",
        { Up: false } => "DOWN",
        { Admin: AdminState.Drain } or { Weight: 0 } or { IsObsolete: true } => "DRAIN",
        _ => "UP",
    };

    /// <summary>HAProxy's status text, with the count of the last checks if they contradict the status.</summary>
    public string StatusText
    {
        get
        {
            if (Kind != StatRowKind.Server)
                return Kind == StatRowKind.Frontend ? IsOpen ? "OPEN" : "STOP" : IsUp ? "UP" : "DOWN";
            var standing = Standing;
            if (standing == "MAINT")
                return Server!.HasAddress ? standing : "MAINT (resolution)";
            if (Health is null)
                return standing == "UP" ? "no check" : standing;
            if (Health.Phase != HealthPhase.Transition)
                return standing;
            var (rise, fall) = (Backend!.Health.Rise, Backend.Health.Fall);
            return Server!.Up
                ? $"{standing} {Math.Max(1, fall - Health.InARow)}/{fall}"
                : $"{standing} {Math.Min(Health.InARow, rise - 1)}/{rise}";
        }
    }

    /// <summary>Servers only: percent of the weight during slow start; null: all of it.</summary>
    public int? Throttle
    {
        get
        {
            if (Server!.Settings.SlowStart <= TimeSpan.Zero || Server.UsableSince == 0 || !Server.IsUsable)
                return null;
            var part = Stopwatch.GetElapsedTime(Server.UsableSince, Now) / Server.Settings.SlowStart;
            return part < 1 ? (int)(100 * part) : null;
        }
    }

    /// <summary>Backends only: ordinary or backup servers that may get connections.</summary>
    public int Usable(bool backup) => Pool!.Servers.Count(server => server.Settings.IsBackup == backup && server.IsUsable);

    /// <summary>A server's weight, or the sum of a backend's usable ordinary servers.</summary>
    public int Weight =>
        Server?.Weight ?? Pool!.Servers.Sum(static server => !server.Settings.IsBackup && server.IsUsable ? server.Weight : 0);
}

/// <summary>Reads a node in HAProxy's order: all listeners, then the backends by name, each after its servers.</summary>
public static class StatRows
{
    public static IReadOnlyList<StatRow> Read(NodeState node)
    {
        ArgumentNullException.ThrowIfNull(node);
        var now = Stopwatch.GetTimestamp();
        var rows = new List<StatRow>();
        foreach (var (settings, state) in node.Listeners.All)
        {
            if (state.Traffic is not { } traffic)
                continue;
            rows.Add(new StatRow(StatRowKind.Frontend, settings.Name, "FRONTEND", traffic, now, rows.Count + 1)
            {
                IsOpen = state.IsOpen,
                Limit = node.Gate.Limit,
            });
        }
        var id = rows.Count;
        foreach (var pool in node.Routes.Current.Backends.OrderBy(static pool => pool.Name, StringComparer.Ordinal))
        {
            var servers = new StatRow[pool.Servers.Length];
            id++;
            foreach (var server in pool.Servers)
            {
                servers[server.Index] = new StatRow(StatRowKind.Server, pool.Name, server.Name, server.State.Traffic, now, id)
                {
                    Pool = pool,
                    Server = server,
                    Health = server.State.Health,
                };
            }
            rows.AddRange(servers);
            rows.Add(new StatRow(StatRowKind.Backend, pool.Name, "BACKEND", pool.Traffic, now, id) { Pool = pool, Servers = servers });
        }
        LiveBytes.Sum([.. rows.Select(static row => row.Traffic)], node.Live);
        return rows;
    }
}

/// <summary>Bytes of live connections are not in the totals yet. Sum them up here before reading <see cref="SessionTraffic.BytesUp"/>
/// and <see cref="SessionTraffic.BytesDown"/>.</summary>
public static class LiveBytes
{
    private static readonly Lock OneAtATime = new();

    /// <param name="owners">Sums to compute.</param>
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
        // An ending connection releases its lease before its bytes are counted as closed; meanwhile they are missing here.
        if (record.Taken is not { } server)
            return;
        server.Traffic.AddLive(up, down);
        server.Backend.Traffic.AddLive(up, down);
    }
}
