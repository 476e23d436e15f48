using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry.Traffic;
using static EdgeActors.Statistics.MetricType;

namespace EdgeActors.Statistics;

/// <summary>HAProxy 2.6's columns in its order, and its metrics: the source of CSV, JSON and both exposition formats. Columns about HTTP,
/// caches, compression and agents are empty, or 0 as in HAProxy for a TCP proxy.</summary>
public static class StatFields
{
    private const StatRowKind F = StatRowKind.Frontend, B = StatRowKind.Backend, S = StatRowKind.Server;
    private const double Milliseconds = 0.001;

    public static IReadOnlyList<StatField> All { get; } =
    [
        new("pxname", F | B | S, static row => row.Proxy),
        new("svname", F | B | S, static row => row.Name),
        // Connections queue at a backend, not at a server.
        new("qcur", B | S, static row => row.Kind == B ? row.Pool!.Queue.Count : 0,
            new("current_queue", Gauge, "Number of current queued connections")),
        new("qmax", B | S, static row => row.Kind == B ? row.Pool!.Queue.Peak : 0,
            new("max_queue", Gauge, "Highest value of queued connections encountered since process started")),
        new("scur", F | B | S, static row => row.Traffic.Current,
            new("current_sessions", Gauge, "Number of current sessions on the frontend, backend or server")),
        new("smax", F | B | S, static row => row.Traffic.Max,
            new("max_sessions", Gauge, "Highest value of current sessions encountered since process started")),
        new("slim", F | B | S, static row => row.Kind == F ? row.Limit : Limit(row.Server?.Settings.MaxConnections),
            new("limit_sessions", Gauge, "Frontend/listener/server's maxconn, backend's fullconn", Only: F | S)),
        new(
            "stot",
            F | B | S,
            static row => row.Traffic.Total,
            new("sessions_total", Counter, "Total number of sessions since process started")),
        new(
            "bin",
            F | B | S,
            static row => row.Traffic.BytesUp,
            new("bytes_in_total", Counter, "Total number of request bytes since process started")),
        new("bout", F | B | S, static row => row.Traffic.BytesDown,
            new("bytes_out_total", Counter, "Total number of response bytes since process started")),
        new("dreq", F | B, static row => row.Kind == F ? row.Traffic.EndedAs(ReasonGroups.DeniedRequests) : 0,
            new("requests_denied_total", Counter, "Total number of denied requests since process started", Only: F)),
        Zero("dresp", F | B | S),
        new("ereq", F, static row => row.Traffic.EndedAs(ReasonGroups.RequestErrors),
            new("request_errors_total", Counter, "Total number of invalid requests since process started")),
        new("econ", B | S, static row => row.Traffic.EndedAs(ReasonGroups.ConnectionErrors),
            new("connection_errors_total", Counter, "Total number of failed connections to server since the worker process started")),
        Zero("eresp", B | S),
        new("wretr", B | S, static row => row.PoolTraffic.Retries,
            new("retry_warnings_total", Counter, "Total number of server connection retries since the worker process started")),
        new("wredis", B | S, static row => row.PoolTraffic.Redispatches,
            new(
                "redispatch_warnings_total",
                Counter,
                "Total number of server redispatches due to connection failures since the worker process started")),
        new("status", F | B | S, static row => row.StatusText),
        new("weight", B | S, static row => row.Weight,
            new("weight", Gauge, "Server's effective weight, or sum of active servers' effective weights for a backend")),
        new("act", B | S, static row => row.Kind == B ? row.Usable(backup: false) : row.Server!.Settings.IsBackup ? 0 : 1,
            new("active_servers", Gauge, "Total number of active UP servers with a non-zero weight", Only: B)),
        new("bck", B | S, static row => row.Kind == B ? row.Usable(backup: true) : row.Server!.Settings.IsBackup ? 1 : 0,
            new("backup_servers", Gauge, "Total number of backup UP servers with a non-zero weight", Only: B)),
        new("chkfail", S, static row => row.Health?.ChecksFailedWhileUp,
            new(
                "check_failures_total",
                Counter,
                "Total number of failed individual health checks per server/backend, since the worker process started")),
        new("chkdown", B | S, static row => row.Kind == B ? row.PoolTraffic.State.TimesDown : row.Health?.TimesDown,
            new("check_up_down_total", Counter,
                "Total number of failed checks causing UP to DOWN server transitions, per server/backend, since the worker process started")),
        new("lastchg", B | S, static row => (long)row.PoolTraffic.State.Lasts(row.Now).TotalSeconds,
            new("check_last_change_seconds", Gauge, "How long ago the last server state changed, in seconds")),
        new("downtime", B | S, static row => row.Kind == S && row.Health is null ? StatValue.None : (long)row.PoolTraffic.State.Downtime(row.Now).TotalSeconds,
            new("downtime_seconds_total", Counter, "Total time spent in DOWN state, for server or backend")),
        Nothing("qlimit"),
        new("pid", F | B | S, static _ => 1),
        new("iid", F | B | S, static row => row.ProxyId),
        new("sid", F | B | S, static row => row.Kind == S ? row.Server!.Index + 1 : 0),
        new("throttle", S, static row => row.Throttle,
            new(
                "current_throttle",
                Gauge,
                "Throttling ratio applied to a server's maxconn and weight during the slowstart period (0 to 100%)")),
        new("lbtot", B | S, static row => row.PoolTraffic.Chosen,
            new("loadbalanced_total", Counter,
                "Total number of requests routed by load balancing since the worker process started (ignores queue pop and stickiness)")),
        Nothing("tracked"),
        new("type", F | B | S, static row => row.Kind switch { F => 0, B => 1, _ => 2 }),
        new("rate", F | B | S, static row => row.Traffic.Rate(row.Now)),
        Zero("rate_lim", F),
        new("rate_max", F | B | S, static row => row.Traffic.RateMax,
            new("max_session_rate", Gauge, "Highest value of sessions per second observed since the worker process started")),
        new("check_status", S, static row => Last(row)?.Status.Label()),
        new(
            "check_code",
            S,
            static row => Last(row)?.HttpStatus,
            new("check_code", Gauge, "layer5-7 code, if available of the last health check.")),
        new("check_duration", S, static row => Last(row) is { } last ? (long)last.Duration.TotalMilliseconds : StatValue.None,
            new("check_duration_seconds", Gauge, "Total duration of the latest server health check, in seconds.", Milliseconds)),
        .. Nothings("hrsp_1xx,hrsp_2xx,hrsp_3xx,hrsp_4xx,hrsp_5xx,hrsp_other,hanafail"),
        Zero("req_rate", F), Zero("req_rate_max", F), Zero("req_tot", F),
        new("cli_abrt", B | S, static row => row.Traffic.EndedAs(ReasonGroups.ClientAborts),
            new(
                "client_aborts_total",
                Counter,
                "Total number of requests or connections aborted by the client since the worker process started")),
        new("srv_abrt", B | S, static row => row.Traffic.EndedAs(ReasonGroups.ServerAborts),
            new(
                "server_aborts_total",
                Counter,
                "Total number of requests or connections aborted by the server since the worker process started")),
        Zero("comp_in", F | B), Zero("comp_out", F | B), Zero("comp_byp", F | B), Zero("comp_rsp", F | B),
        new("lastsess", B | S, static row => row.Traffic.LastAt == 0 ? -1 : Math.Max(0, (long)Since(row).TotalSeconds),
            new("last_session_seconds", Gauge, "How long ago some traffic was seen on this object on this worker process, in seconds")),
        new("last_chk", S, static row => Last(row)?.Detail),
        Nothing("last_agt"),
        new("qtime", B | S, static row => Ms(row.PoolTraffic.QueueTime.Average),
            new("queue_time_average_seconds", Gauge, "Avg. queue time for last 1024 successful connections.", Milliseconds)),
        new("ctime", B | S, static row => Ms(row.PoolTraffic.ConnectTime.Average),
            new("connect_time_average_seconds", Gauge, "Avg. connect time for last 1024 successful connections.", Milliseconds)),
        Zero("rtime", B | S),
        new("ttime", B | S, static row => Ms(row.PoolTraffic.TotalTime.Average),
            new("total_time_average_seconds", Gauge, "Avg. total time for last 1024 successful connections.", Milliseconds)),
        .. Nothings("agent_status,agent_code,agent_duration"),
        new("check_desc", S, static row => Last(row) is { } last ? Description(last) : null),
        Nothing("agent_desc"),
        new("check_rise", S, static row => row.Health is null ? StatValue.None : row.Backend!.Health.Rise),
        new("check_fall", S, static row => row.Health is null ? StatValue.None : row.Backend!.Health.Fall),
        new("check_health", S, static row => row.Health is { } health ? Level(health, row.Backend!.Health) : StatValue.None),
        .. Nothings("agent_rise,agent_fall,agent_health"),
        new("addr", S, static row => row.Server!.HasAddress ? row.Server.EndPoint.ToString() : null),
        Nothing("cookie"),
        new("mode", F | B | S, static _ => "tcp"),
        new("algo", B, static row => Algorithm(row.Backend!.Pool.Balance)),
        new("conn_rate", F, static row => row.Traffic.Rate(row.Now)),
        new("conn_rate_max", F, static row => row.Traffic.RateMax,
            new("connections_rate_max", Gauge, "Highest value of connections per second observed since the worker process started")),
        new("conn_tot", F, static row => row.Traffic.Total,
            new(
                "connections_total",
                Counter,
                "Total number of new connections accepted on this frontend since the worker process started")),
        Nothing("intercepted"),
        new("dcon", F, static row => row.Traffic.EndedAs(ReasonGroups.DeniedConnections),
            new("denied_connections_total", Counter,
                "Total number of incoming connections blocked on a listener/frontend by a tcp-request connection rule since the worker process started")),
        Zero("dses", F),
        Zero("wrew", F | B | S),
        new("connect", B | S, static row => row.PoolTraffic.Attempts,
            new(
                "connection_attempts_total",
                Counter,
                "Total number of outgoing connection attempts on this backend/server since the worker process started")),
        Zero("reuse", B | S),
        .. Nothings("cache_lookups,cache_hits"),
        Zero("srv_icur", S),
        Nothing("src_ilim"),
        new("qtime_max", B | S, static row => Ms(row.PoolTraffic.QueueTime.Max),
            new("max_queue_time_seconds", Gauge, "Maximum observed time spent in the queue", Milliseconds)),
        new("ctime_max", B | S, static row => Ms(row.PoolTraffic.ConnectTime.Max),
            new("max_connect_time_seconds", Gauge, "Maximum observed time spent waiting for a connection to complete", Milliseconds)),
        Zero("rtime_max", B | S),
        new("ttime_max", B | S, static row => Ms(row.PoolTraffic.TotalTime.Max),
            new(
                "max_total_time_seconds",
                Gauge,
                "Maximum observed total request+response time (request+queue+connect+response+processing)",
                Milliseconds)),
        new("eint", F | B | S, static row => row.Traffic.EndedAs(ReasonGroups.InternalErrors),
            new("internal_errors_total", Counter, "Total number of internal errors since process started")),
        Zero("idle_conn_cur", S), Zero("safe_conn_cur", S),
        new(
            "used_conn_cur",
            S,
            static row => row.Traffic.Current,
            new("used_connections_current", Gauge, "Current number of connections in use")),
        Zero("need_conn_est", S),
        new("uweight", B | S, static row => row.Weight,
            new("uweight", Gauge, "Server's user weight, or sum of active servers' user weights for a backend")),
        .. Nothings("agg_server_status,agg_server_check_status,agg_check_status"),
        new("-", F | B | S, static _ => "-"),
    ];

    /// <summary>HAProxy's name of the algorithm.</summary>
    public static string Algorithm(BalanceAlgorithm balance) => balance switch
    {
        BalanceAlgorithm.LeastConnections => "leastconn",
        BalanceAlgorithm.Random => "random",
        BalanceAlgorithm.Source => "source",
        BalanceAlgorithm.First => "first",
        _ => "roundrobin",
    };

    private static long? Limit(int? connections) => connections is > 0 ? connections : null;

    private static long Ms(TimeSpan time) => (long)time.TotalMilliseconds;

    private static TimeSpan Since(StatRow row) => System.Diagnostics.Stopwatch.GetElapsedTime(row.Traffic.LastAt, row.Now);

    private static CheckOutcome? Last(StatRow row) => row.Health?.Last;

    /// <summary>0 to rise + fall - 1, up from rise on.</summary>
    private static long Level(ServerHealth health, HealthSettings settings)
    {
        var (rise, fall, inARow) = (settings.Rise, settings.Fall, health.InARow);
        return (health.Up, health.Phase == HealthPhase.Transition) switch
        {
            (true, true) => rise + Math.Max(0, fall - 1 - inARow),
            (true, false) => rise + fall - 1,
            (false, true) => Math.Min(inARow, rise - 1),
            _ => 0,
        };
    }

    private static string Description(CheckOutcome last) => last.Status switch
    {
        CheckStatus.Initial => "Initializing",
        CheckStatus.SocketError => "Socket error",
        CheckStatus.L4Ok => "Layer4 check passed",
        CheckStatus.L4Connect => "Layer4 connection problem",
        CheckStatus.L4Timeout => "Layer4 timeout",
        CheckStatus.L6Ok => "Layer6 check passed",
        CheckStatus.L6Response => "Layer6 invalid response",
        CheckStatus.L6Timeout => "Layer6 timeout",
        CheckStatus.L7Ok => "Layer7 check passed",
        CheckStatus.L7Status => "Layer7 wrong status",
        CheckStatus.L7Response => "Layer7 invalid response",
        CheckStatus.L7Timeout => "Layer7 timeout",
        _ => "Health analyze",
    };

    private static StatField Zero(string column, StatRowKind rows) => new(column, rows, static _ => 0);

    private static StatField Nothing(string column) => new(column, 0, static _ => StatValue.None);

    private static IEnumerable<StatField> Nothings(string columns) => columns.Split(',').Select(Nothing);
}
