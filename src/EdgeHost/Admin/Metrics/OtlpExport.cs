using System.Diagnostics;
using System.Diagnostics.Metrics;
using EdgeActors;
using EdgeActors.Settings;
using EdgeActors.Statistics;
using EdgeActors.Telemetry;
using EdgeActors.Telemetry.Traffic;
using EdgeActors.Transport;
using EdgeHost.Cli;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace EdgeHost.Admin.Metrics;

/// <summary>Sends the metrics of <see cref="EdgeMetrics"/>, and a span per sampled connection, to an OpenTelemetry collector (OTLP/HTTP).
/// Spans are made on the log's thread when a connection has ended.</summary>
internal sealed class OtlpExport : IAsyncDisposable
{
    private const string Name = "Edge";

    /// <summary>Timeout of the last export: a missing collector must not keep a process from ending.</summary>
    private const int EndTimeoutMs = 2_000;

    /// <summary>Twice of what the log gathers before it tells those who watch.</summary>
    private static readonly TimeSpan LogFeedDelay = TimeSpan.FromMilliseconds(100);

    /// <summary>All families are asked within a moment: one reading of the node serves them.</summary>
    private static readonly TimeSpan OneExport = TimeSpan.FromMilliseconds(500);

    /// <summary>The SDK reserves memory for so many series of each metric, and sums up those that are more.</summary>
    private const int LeastSeries = 256;

    private readonly OtlpSettings _settings;
    private readonly EdgeNode _node;
    private readonly Meter _meter = new(Name);
    private readonly ActivitySource _connections = new(Name);
    private readonly MeterProvider _metrics;
    private readonly TracerProvider? _traces;
    private readonly IDisposable? _ends;
    private MetricReading _reading;
    private long _readAt = Stopwatch.GetTimestamp();

    public OtlpExport(OtlpSettings settings, EdgeNode node)
    {
        (_settings, _node, _reading) = (settings, node, new MetricReading(node));
        var series = Math.Max(LeastSeries, 4 * EdgeMetrics.All.Max(family => family.Read(_reading)?.Count() ?? 0));
        foreach (var family in EdgeMetrics.All)
            Add(family);
        var resource = ResourceBuilder.CreateDefault()
            .AddService("edge", serviceVersion: EdgeVersion.Edge, serviceInstanceId: $"{Environment.MachineName}:{Environment.ProcessId}");
        _metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(Name)
            .AddView(instrument => instrument is Histogram<double> ? null : new MetricStreamConfiguration { CardinalityLimit = series })
            .AddOtlpExporter((exporter, reader) =>
            {
                Configure(exporter, "metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)settings.Interval.TotalMilliseconds;
            })
            .Build();
        if (settings.Traces == 0)
            return;
        _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(Name)
            .SetSampler(new TraceIdRatioBasedSampler(settings.Traces))
            .AddOtlpExporter(exporter => Configure(exporter, "traces"))
            .Build();
        _ends = node.State.Log.Subscribe(Ended);
    }

    public async ValueTask DisposeAsync()
    {
        if (_ends is not null)
        {
            // Connections may have ended that the log has not delivered yet.
            await Task.Delay(LogFeedDelay);
            _ends.Dispose();
        }
        // They wait for the collector, each on a thread of its own.
        await Task.WhenAll(Task.Run(() => _metrics.Shutdown(EndTimeoutMs)), Task.Run(() => _traces?.Shutdown(EndTimeoutMs)));
        _metrics.Dispose();
        _traces?.Dispose();
        _meter.Dispose();
        _connections.Dispose();
    }

    private void Configure(OtlpExporterOptions exporter, string signal)
    {
        exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
        exporter.Endpoint = new Uri($"{_settings.Endpoint.AbsoluteUri.TrimEnd('/')}/v1/{signal}");
        exporter.Headers = _settings.Headers;
        exporter.HttpClientFactory = () =>
            new HttpClient(
                new OutcomeLog(_node.State.Log, exporter.Endpoint)) { Timeout = TimeSpan.FromMilliseconds(exporter.TimeoutMilliseconds) };
    }

    private void Add(MetricFamily family)
    {
        var unit = family.Name.Contains("_seconds", StringComparison.Ordinal)
            ? "s"
            : family.Name.Contains("_bytes", StringComparison.Ordinal)
            ? "By"
            : null;
        if (family.Times is { } times)
            times(_node.State).Instrument = _meter.CreateHistogram(
                family.Name, unit, family.Help, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = TimeHistogram.Bounds });
        else if (family.Type == EdgeActors.Statistics.MetricType.Counter)
            _meter.CreateObservableCounter(family.Name, () => Measure(family), unit, family.Help);
        else
            _meter.CreateObservableGauge(family.Name, () => Measure(family), unit, family.Help);
    }

    private IEnumerable<Measurement<double>> Measure(MetricFamily family)
    {
        if (Stopwatch.GetElapsedTime(_readAt) > OneExport)
            (_reading, _readAt) = (new MetricReading(_node), Stopwatch.GetTimestamp());
        return (family.Read(_reading) ?? []).Select(static sample =>
            new Measurement<double>(sample.Value, [.. sample.Labels?.Tags ?? [], .. sample.More?.Tags ?? []]));
    }

    /// <summary>One span of the connection's whole life; its steps are events in it.</summary>
    private void Ended(LogEntry entry)
    {
        if (entry is not { Kind: LogKind.Close, Record: { } record })
            return;
        var (utc, now, counters) = (DateTimeOffset.UtcNow, Stopwatch.GetTimestamp(), record.Link.Counters);
        using var span = _connections.StartActivity(
            "connection", ActivityKind.Server, default(ActivityContext), startTime: When(record.Link.AcceptedAt));
        if (span is null)
            return;
        foreach (var (step, at) in ((string, long)[])
            [("peeked", record.PeekedAt), ("admitted", record.AdmittedAt), ("dialled", record.DialledAt), ("joined", counters.JoinedAt)])
        {
            if (at != 0)
                span.AddEvent(new ActivityEvent(step, When(at)));
        }
        span.SetTag("edge.id", record.Link.Id).SetTag("edge.listener", record.Listener)
            .SetTag("client.address", $"{record.Link.Client.Address}").SetTag("client.port", record.Link.Client.Port)
            .SetTag("tls.client.server_name", record.ServerName).SetTag("edge.backend", record.Backend).SetTag("edge.server", record.Server)
            .SetTag("edge.retries", record.Retries).SetTag("edge.bytes_in", counters.BytesUp).SetTag("edge.bytes_out", counters.BytesDown)
            .SetTag("edge.reason", record.Reason.Facts().Label);
        if (ReasonGroups.ConnectionErrors.Contains(record.Reason) || ReasonGroups.InternalErrors.Contains(record.Reason))
            span.SetStatus(ActivityStatusCode.Error);
        span.SetEndTime(When(counters.EndedAt == 0 ? now : counters.EndedAt).UtcDateTime);

        DateTimeOffset When(long timestamp) => utc - Stopwatch.GetElapsedTime(timestamp, now);
    }

    /// <summary>Says in one line that a collector does not take what it is sent, and in one that it does again.</summary>
    private sealed class OutcomeLog(EdgeLog log, Uri endpoint) : DelegatingHandler(
        new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(2) })
    {
        private bool _failing;

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            try
            {
                var response = base.Send(request, cancellationToken);
                Tell(response.IsSuccessStatusCode ? null : $"status {(int)response.StatusCode}");
                return response;
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                Tell(e.Message);
                throw;
            }
        }

        private void Tell(string? failure)
        {
            if (_failing == failure is not null)
                return;
            _failing = failure is not null;
            if (_failing)
                log.Warning($"telemetry.otlp: {endpoint} does not take exports, trying again at each interval: {failure}");
            else
                log.Info($"telemetry.otlp: {endpoint} takes exports again");
        }
    }
}
