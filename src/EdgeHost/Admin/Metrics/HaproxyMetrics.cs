using EdgeActors.Node;
using EdgeActors.Statistics;
using EdgeHost.Cli;
using static EdgeActors.Statistics.MetricType;
using static EdgeHost.Admin.Metrics.MetricFamily;

namespace EdgeHost.Admin.Metrics;

/// <summary>Names, labels and types of HAProxy 2.6's exporter. What would be not a number there is left out.</summary>
internal static class HaproxyMetrics
{
    public static IReadOnlyList<MetricFamily> All { get; } =
    [
        new("haproxy_process_build_info", Gauge, "Build info", static _ => [new MetricSample(1, new("version", EdgeVersion.Text))]),
        Of("haproxy_process_uptime_seconds", Gauge, "How long ago this worker process was started (seconds)",
            static _ => (long)NodeProcess.Uptime.TotalSeconds),
        Of("haproxy_process_start_time_seconds", Gauge, "Start time in seconds", static _ => NodeProcess.StartedAt.ToUnixTimeSeconds()),
        Of("haproxy_process_nbthread", Gauge, "Number of started threads (global.nbthread)", static _ => Environment.ProcessorCount),
        Of("haproxy_process_nbproc", Gauge, "Number of started worker processes (historical, always 1)", static _ => 1),
        Of("haproxy_process_relative_process_id", Gauge, "Relative worker process number (1)", static _ => 1),
        Of("haproxy_process_max_fds", Gauge, "Hard limit on the number of per-process file descriptors",
            static _ => NodeProcess.MaxFiles ?? double.NaN),
        Of("haproxy_process_max_sockets", Gauge, "Hard limit on the number of per-process sockets",
            static _ => NodeProcess.MaxFiles ?? double.NaN),
        Of("haproxy_process_max_connections", Gauge,
            "Hard limit on the number of per-process connections (configured or imposed by Ulimit-n)",
            static node => node.Gate.Limit),
        Of("haproxy_process_hard_max_connections", Gauge,
            "Hard limit on the number of per-process connections (imposed by Memmax_MB or Ulimit-n)",
            static node => node.Gate.Limit),
        Of("haproxy_process_current_connections", Gauge, "Current number of connections on this worker process",
            static node => node.Live.Count),
        Of("haproxy_process_connections_total", Counter, "Total number of connections on this worker process since started",
            static node => node.Meters.AcceptedTotal),
        Of("haproxy_process_requests_total", Counter, "Total number of requests on this worker process since started",
            static node => node.Meters.AcceptedTotal),
        Of("haproxy_process_current_connection_rate", Gauge, "Number of front connections created on this worker process over the last second",
            Rate),
        Of("haproxy_process_limit_connection_rate", Gauge, "Hard limit for ConnRate (global.maxconnrate)", static _ => 0),
        Of("haproxy_process_max_connection_rate", Gauge,
            "Highest ConnRate reached on this worker process since started (in connections per second)",
            static node => node.Meters.AcceptRateMax),
        Of("haproxy_process_current_session_rate", Gauge, "Number of sessions created on this worker process over the last second", Rate),
        Of("haproxy_process_limit_session_rate", Gauge, "Hard limit for SessRate (global.maxsessrate)", static _ => 0),
        Of("haproxy_process_max_session_rate", Gauge,
            "Highest SessRate reached on this worker process since started (in sessions per second)",
            static node => node.Meters.AcceptRateMax),
        Of("haproxy_process_stopping", Gauge, "1 if the worker process is currently stopping, otherwise zero",
            static node => node.IsDraining ? 1 : 0),
        Of("haproxy_process_listeners", Gauge, "Current number of active listeners on the current worker process",
            static node => node.Listeners.All.Count(static listener => listener.State.IsOpen)),
        Of("haproxy_process_dropped_logs_total", Counter, "Total number of dropped logs for current worker process since started",
            static node => node.Log.Dropped),
        new("haproxy_process_bytes_out_total", Counter, "Total number of bytes emitted by current worker process since started",
            static reading =>
        [
            new(reading.Rows.Where(static row => row.Row.Kind == StatRowKind.Frontend)
                .Sum(static row => row.Row.Traffic.BytesUp + row.Row.Traffic.BytesDown)),
        ]),
        .. Rows(StatRowKind.Frontend, "haproxy_frontend_"),
        .. Rows(StatRowKind.Backend, "haproxy_backend_"),
        .. Rows(StatRowKind.Server, "haproxy_server_"),
    ];

    private static double Rate(NodeState node) => node.Meters.AcceptRate(System.Diagnostics.Stopwatch.GetTimestamp());

    private static IEnumerable<MetricFamily> Rows(StatRowKind kind, string prefix) =>
    [
        .. from field in StatFields.All
            let metric = field.Metric
            where metric is not null && (field.Rows & metric.Only & kind) != 0
            select new MetricFamily(prefix + metric.Name, metric.Type, metric.Help, reading =>
                reading.Each(kind, row => field.Of(row).Number * metric.Scale, static row => row.Haproxy)),
        .. from states in StatStateTable.All
            where (states.Rows & kind) != 0
            let labels = states.States.Select(static state => new MetricLabels("state", state)).ToArray()
            select new MetricFamily(prefix + states.Name, Gauge, states.Help, reading =>
                reading.Each(kind, labels, (row, i) => states.Get(row, i) ?? double.NaN, static row => row.Haproxy)),
    ];
}
