using EdgeActors;
using EdgeActors.Telemetry.Stats;
using EdgeHost.Verbs;

namespace EdgeHost.Admin.Metrics;

/// <summary>Names, labels and types of HAProxy 2.6's exporter. What would be not a number there is left out.</summary>
internal static class HaproxyMetrics
{
    private static readonly (StatRowKind Kind, string Prefix)[] Kinds =
        [(StatRowKind.Frontend, "haproxy_frontend_"), (StatRowKind.Backend, "haproxy_backend_"), (StatRowKind.Server, "haproxy_server_")];

    private static readonly (string Name, FamilyType Type, string Help, Func<EdgeNode, double> Get)[] Process =
    [
        ("uptime_seconds", FamilyType.Gauge, "How long ago this worker process was started (seconds)", static _ => (long)NodeProcess.Uptime.TotalSeconds),
        ("start_time_seconds", FamilyType.Gauge, "Start time in seconds", static _ => NodeProcess.StartedAt.ToUnixTimeSeconds()),
        ("nbthread", FamilyType.Gauge, "Number of started threads (global.nbthread)", static _ => Environment.ProcessorCount),
        ("nbproc", FamilyType.Gauge, "Number of started worker processes (historical, always 1)", static _ => 1),
        ("relative_process_id", FamilyType.Gauge, "Relative worker process number (1)", static _ => 1),
        ("max_fds", FamilyType.Gauge, "Hard limit on the number of per-process file descriptors", static _ => NodeProcess.MaxFiles ?? double.NaN),
        ("max_sockets", FamilyType.Gauge, "Hard limit on the number of per-process sockets", static _ => NodeProcess.MaxFiles ?? double.NaN),
        ("max_connections", FamilyType.Gauge, "Hard limit on the number of per-process connections (configured or imposed by Ulimit-n)", static node => node.State.Gate.Limit),
        ("hard_max_connections", FamilyType.Gauge, "Hard limit on the number of per-process connections (imposed by Memmax_MB or Ulimit-n)", static node => node.State.Gate.Limit),
        ("current_connections", FamilyType.Gauge, "Current number of connections on this worker process", static node => node.State.Live.Count),
        ("connections_total", FamilyType.Counter, "Total number of connections on this worker process since started", static node => node.State.Meters.AcceptedTotal),
        ("requests_total", FamilyType.Counter, "Total number of requests on this worker process since started", static node => node.State.Meters.AcceptedTotal),
        ("current_connection_rate", FamilyType.Gauge, "Number of front connections created on this worker process over the last second", Rate),
        ("limit_connection_rate", FamilyType.Gauge, "Hard limit for ConnRate (global.maxconnrate)", static _ => 0),
        ("max_connection_rate", FamilyType.Gauge, "Highest ConnRate reached on this worker process since started (in connections per second)", static node => node.State.Meters.AcceptRateMax),
        ("current_session_rate", FamilyType.Gauge, "Number of sessions created on this worker process over the last second", Rate),
        ("limit_session_rate", FamilyType.Gauge, "Hard limit for SessRate (global.maxsessrate)", static _ => 0),
        ("max_session_rate", FamilyType.Gauge, "Highest SessRate reached on this worker process since started (in sessions per second)", static node => node.State.Meters.AcceptRateMax),
        ("stopping", FamilyType.Gauge, "1 if the worker process is currently stopping, otherwise zero", static node => node.State.IsDraining ? 1 : 0),
        ("listeners", FamilyType.Gauge, "Current number of active listeners on the current worker process", static node => node.State.Listeners.All.Count(static entrance => entrance.State.IsOpen)),
        ("dropped_logs_total", FamilyType.Counter, "Total number of dropped logs for current worker process since started", static node => node.State.Log.Dropped),
    ];

    private static readonly byte[] BuildInfo = Exposition.Labels(("version", EdgeVersion.Text));

    private static readonly Dictionary<string, byte[]> StateLabels = StatFields.States
        .SelectMany(static states => states.States).Distinct().ToDictionary(static state => state, static state => Exposition.Labels(("state", state)));

    public static async Task Write(Exposition output, EdgeNode node, IReadOnlyList<MetricRow> rows, CancellationToken cancel)
    {
        output.Family("haproxy_process_build_info", FamilyType.Gauge, "Build info");
        output.Sample(BuildInfo, 1);
        foreach (var (name, type, help, get) in Process)
        {
            var value = get(node);
            if (double.IsNaN(value))
                continue;
            output.Family($"haproxy_process_{name}", type, help);
            output.Sample(default, value);
        }
        output.Family("haproxy_process_bytes_out_total", FamilyType.Counter, "Total number of bytes emitted by current worker process since started");
        output.Sample(default, rows.Sum(static row => row.Row.Kind == StatRowKind.Frontend ? row.Row.Traffic.BytesUp + row.Row.Traffic.BytesDown : 0));
        foreach (var (kind, prefix) in Kinds)
        {
            foreach (var field in StatFields.All)
            {
                if (field.Metric is { } metric && (field.Rows & metric.Only & kind) != 0)
                    await Write(output, prefix, metric, field, Only(rows, kind), cancel);
            }
            foreach (var states in StatFields.States)
            {
                if ((states.Rows & kind) != 0)
                    await Write(output, prefix, states, Only(rows, kind), cancel);
            }
        }
    }

    private static double Rate(EdgeNode node) => node.State.Meters.AcceptRate(System.Diagnostics.Stopwatch.GetTimestamp());

    private static IEnumerable<MetricRow> Only(IReadOnlyList<MetricRow> rows, StatRowKind kind) => rows.Where(row => row.Row.Kind == kind);

    private static async Task Write(
        Exposition output, string prefix, StatMetric metric, StatField field, IEnumerable<MetricRow> rows, CancellationToken cancel)
    {
        output.Family(prefix + metric.Name, metric.Type == MetricType.Counter ? FamilyType.Counter : FamilyType.Gauge, metric.Help);
        foreach (var row in rows)
        {
            if (field.Of(row.Row) is { IsNumber: true } value)
                output.Sample(row.Haproxy, value.Number * metric.Scale);
            await output.Flush(cancel);
        }
    }

    private static async Task Write(Exposition output, string prefix, StatStates states, IEnumerable<MetricRow> rows, CancellationToken cancel)
    {
        output.Family(prefix + states.Name, FamilyType.Gauge, states.Help);
        foreach (var row in rows)
        {
            for (var i = 0; i < states.States.Count; i++)
            {
                if (states.Get(row.Row, i) is { } value)
                    output.Sample(row.Haproxy, value, StateLabels[states.States[i]]);
            }
            await output.Flush(cancel);
        }
    }
}
