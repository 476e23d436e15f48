using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using EdgeHost.Admin.Metrics;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Admin;

/// <summary>
/// HAProxy's metrics beside Edge's: same names, types and labels, or left out for a reason. The table of it is <c>docs/metrics.md</c>;
/// <c>EDGE_WRITE_DOCS=1</c> writes it anew.
/// </summary>
public sealed partial class MetricsLikeHaproxySpecs
{
    private const string Http = "HTTP is not read";
    private const string Tls = "TLS is not decrypted";
    private const string None = "there is no such thing in Edge";

    /// <summary>The first that matches says why a metric is left out.</summary>
    private static readonly (string Pattern, string Why)[] LeftOut =
    [
        ("ssl", Tls),
        ("_http_|header_rewriting|response|intercepted|cache_|reuses", Http),
        ("zlib|peers|recv_logs|busy_polling|process_pool|max_memory|tasks|run_queue|jobs|idle_time", None),
        ("pipes|spliced", "see edge_pipes_open"),
        ("bytes_out_rate", "Prometheus makes rates of counters"),
        ("failed_resolutions", "not counted"),
        ("idle_connections|need_connections|safe_idle", "a connection to a server is one client's and never idle"),
        ("queue_limit", "the queue is the backend's"),
        ("limit_session_rate", "the limit is each address's, not the listener's"),
        ("backend_limit_sessions", "\"fullconn\" does not exist"),
        ("denied_sessions", "there are no session rules"),
        ("requests_denied", "backends deny nobody"),
        ("agg_server_check_status", "in 2.6 the same as agg_server_status"),
    ];

    /// <summary>What a figure means that HAProxy's help text does not say of Edge.</summary>
    private static readonly Dictionary<string, string> Meaning = new()
    {
        ["haproxy_frontend_requests_denied_total"] = "dropped for RATE_LIMITED, NO_SNI, INVALID_SNI, UNKNOWN_SNI, SNI_REFUSED, NOT_TLS or "
            + "PEEKS_FULL; each by itself in edge_connections_closed_total",
        ["haproxy_frontend_request_errors_total"] = "HELLO_..., CLIENT_GONE and PROXY_...",
        ["haproxy_frontend_denied_connections_total"] = "DENIED, TOO_MANY_CONNECTIONS and MEMORY",
        ["haproxy_frontend_internal_errors_total"] = "INTERNAL",
        [
            "haproxy_backend_connection_errors_total"
        ] = "ended without a server: NO_SERVER, CONNECT_..., LOCAL_RESOURCE, QUEUE_TIMEOUT and QUEUE_FULL",
        [
            "haproxy_server_connection_errors_total"
        ] = "the same, while this server was asked; attempts that another server made good are redispatches",
        ["haproxy_backend_client_aborts_total"] = "CLIENT_RESET, CLIENT_TIMEOUT, TUNNEL_TIMEOUT and CLIENT_GONE_QUEUED",
        ["haproxy_backend_server_aborts_total"] = "SERVER_RESET, SERVER_TIMEOUT and SERVER_DOWN",
        ["haproxy_backend_connect_time_average_seconds"] = "from the hello to the join",
        ["haproxy_backend_downtime_seconds_total"] = "without a usable server",
        ["haproxy_backend_check_up_down_total"] = "times that the last usable server went",
        ["haproxy_server_downtime_seconds_total"] = "down or in maintenance; of checked servers",
        ["haproxy_server_check_failures_total"] = "of checked servers, as all metrics of checks",
        ["haproxy_server_limit_sessions"] = "of servers with maxconn",
        ["haproxy_server_current_throttle"] = "during a slow start",
        ["haproxy_server_check_code"] = "of HTTP checks",
        ["haproxy_process_requests_total"] = "connections, as each is one request",
        ["haproxy_process_nbthread"] = "CPUs",
        ["haproxy_frontend_limit_sessions"] = "limits.max-connections, which all listeners share",
        ["haproxy_server_check_status"] = "no states L7OKC and PROC..., which are of checks that Edge has not",
        ["haproxy_backend_agg_check_status"] = "no states L7OKC and PROC...",
        ["haproxy_server_current_queue"] = "always 0: connections wait for the backend",
    };

    private static readonly Dictionary<string, string> ClusterLabels = new()
    {
        ["edge_cluster_decisions_total"] = "by",
        ["edge_cluster_member_up"] = "node, address",
    };

    [RequiresToolFact("haproxy")]
    public async Task Metrics_are_those_of_haproxy_or_left_out_for_a_reason()
    {
        await using var haproxy = await StatsHaproxy.Start();
        await using var edge = await EdgeUnderTest.Start("""
            edge {
              listeners { https { bind = "127.0.0.1:0" } }
              routes { "a.example" = web }
              backends { web {
                servers = [{ name = s1, address = "127.0.0.1:9", maxconn = 10 }, { name = s2, address = "127.0.0.1:10" }]
                health { interval = 100ms, timeout = 100ms, fall = 1 }
              } }
              admin.bind = "127.0.0.1:0"
            }
            """);
        await Eventually.True(() => edge.Checks.All(static status => status.CheckedAt is not null), () => "no check");
        var theirs = await Read(haproxy.EndPoint, "/metrics");
        var ours = await Read(edge.Admin, "/metrics?family=haproxy");
        var own = await Read(edge.Admin, "/metrics?family=edge");

        Assert.Empty(ours.Keys.Except(theirs.Keys));
        var rows = new StringBuilder();
        var unexplained = new List<string>();
        foreach (var (name, metric) in theirs)
        {
            var why = LeftOut.FirstOrDefault(left => Regex.IsMatch(name, left.Pattern)).Why;
            if (ours.TryGetValue(name, out var same))
            {
                Assert.Equal((name, metric.Type, metric.Help), (name, same.Type, same.Help));
                if (same.Labels.Length > 0)
                    Assert.Equal((name, metric.Labels), (name, same.Labels));
            }
            else if (why is null)
            {
                unexplained.Add(name);
            }
            rows.Append($"| `{name}` | {(same is null ? $"left out: {why}" : "the same")} | {Meaning.GetValueOrDefault(name)} |\n");
        }
        Assert.Empty(unexplained);
        Assert.Empty(Meaning.Keys.Except(ours.Keys));
        await Document.ShouldBe("metrics.md", $$"""
            # Metrics

            `/metrics` of the admin listener (`edge.admin` in [edge.conf](../hocon/edge.conf)) has two families: Edge's own, and the same facts under the names that HAProxy's
            exporter gives them, so that dashboards and alerts for HAProxy go on working. `?family=edge` or `?family=haproxy` asks for one of them. The format is
            Prometheus' text 0.0.4, or OpenMetrics 1.0 for who asks for it. Labels are names of the configuration and words from fixed lists; never an address or a
            server name of a client. This file is written by `tests/EdgeHost.Tests/Admin/MetricsLikeHaproxySpecs.cs` with `EDGE_WRITE_DOCS=1`.

            ## By OTLP

            `telemetry.otlp.endpoint` in [edge.conf](../hocon/edge.conf) names an OpenTelemetry collector, such as `http://127.0.0.1:4318`. Edge then sends its own metrics
            (not HAProxy's) to `/v1/metrics` at each `interval`, by OTLP over HTTP with protobuf: same names, labels and values as on `/metrics`, as both are made of
            one list. Counters are cumulative sums; `edge_admission_seconds`, `edge_peek_seconds` and `edge_dial_seconds` are histograms. `service.name` is `edge`,
            `service.instance.id` is the machine's name and the process id, and `OTEL_RESOURCE_ATTRIBUTES` adds attributes. Of each metric, four times the series that there
            are at start are kept, at least 256; further ones are summed up under `otel.metric.overflow`.

            With `traces` above 0, that share of the connections is one span each, `connection`, sent to `/v1/traces` when it has ended. Its events are `peeked`, `admitted`,
            `dialled` and `joined`; its attributes are those of the CLOSE line, with `client.address` and `tls.client.server_name`. It is an error if there was no
            server or Edge failed. A collector that does not take exports is logged once as a warning, and once when it takes them again; meanwhile nothing waits for it.
            A change of `telemetry` takes effect after a restart. Off, it costs nothing: no instrument exists.

            ## Edge's own

            | Metric | Type | Labels | |
            |---|---|---|---|
            {{string.Concat(own.Select(static metric => $"| `{metric.Key}` | {metric.Value.Type} | {(metric.Key.StartsWith("edge_server_", StringComparison.Ordinal) && metric.Value.Labels.Length == 0 ? "backend, server" : metric.Value.Labels)} | {metric.Value.Help} |\n"))}}
            A node that is to be in a cluster (`cluster.enabled`) has besides:

            | Metric | Type | Labels | |
            |---|---|---|---|
            {{string.Concat(ClusterMetrics.All.Select(static metric => $"| `{metric.Name}` | {metric.Type.ToString().ToLowerInvariant()} | {ClusterLabels.GetValueOrDefault(metric.Name)} | {metric.Help} |\n"))}}
            ## HAProxy 2.6's

            | Metric of HAProxy | Edge | What it means here |
            |---|---|---|
            {{rows}}
            """);
    }

    private sealed record Metric(string Type, string Help, string Labels);

    private static async Task<Dictionary<string, Metric>> Read(IPEndPoint server, string path)
    {
        var metrics = new Dictionary<string, Metric>();
        var (name, help, type) = ("", "", "");
        foreach (var line in (await Harness.Http.Get(server, path)).ShouldBe(HttpStatusCode.OK).Body.Split('\n'))
        {
            if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                (name, help) = (line.Split(' ')[2], line[(line.IndexOf(' ', 7) + 1)..]);
            }
            else if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                type = line.Split(' ')[3];
                metrics.Add(name, new Metric(type, help, ""));
            }
            // A TCP proxy's, not those of the page that shows them.
            else if (line.Length > 0 && !line.Contains("\"statistics\"", StringComparison.Ordinal) && metrics[name].Labels.Length == 0)
            {
                metrics[name] = metrics[name] with { Labels = string.Join(", ", LabelName().Matches(line).Select(static match => match.Groups[1].Value)) };
            }
        }
        return metrics;
    }

    [GeneratedRegex("[{,]([a-z]+)=\"")]
    private static partial Regex LabelName();
}
