using System.IO.Pipelines;
using EdgeActors;
using EdgeActors.Telemetry.Stats;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace EdgeHost.Admin.Metrics;

/// <summary><c>/metrics</c>: Edge's own metrics, and the same facts under HAProxy's names for the dashboards that there are. <c>?family=edge</c> or
/// <c>haproxy</c> asks for one of the two.</summary>
internal sealed class MetricsPage(EdgeNode node)
{
    private const string OpenMetrics = "application/openmetrics-text";

    public async Task Answer(HttpContext context)
    {
        var openMetrics = WantsOpenMetrics(context.Request);
        context.Response.ContentType = openMetrics ? Exposition.OpenMetricsType : Exposition.TextType;
        if (HttpMethods.IsHead(context.Request.Method))
            return;
        await Write(context.Response.BodyWriter, node, openMetrics, context.Request.Query["family"].ToString(), context.RequestAborted);
    }

    /// <param name="family">The only one that is wanted; empty: both.</param>
    public static async Task Write(PipeWriter to, EdgeNode node, bool openMetrics, string family, CancellationToken cancel)
    {
        var rows = MetricRow.Of(StatRows.Read(node.State));
        var output = new Exposition(to, openMetrics);
        if (family != "haproxy")
            await EdgeMetrics.Write(output, node, rows, cancel);
        if (family != "edge")
            await HaproxyMetrics.Write(output, node, rows, cancel);
        output.End();
        await to.FlushAsync(cancel);
    }

    /// <summary>As Prometheus asks: a list with weights (RFC 9110, section 12.5.1). Who asks for neither gets the older one.</summary>
    private static bool WantsOpenMetrics(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var accepted))
            return false;
        double open = 0, text = 0;
        foreach (var type in accepted)
        {
            if (type.MediaType.Equals(OpenMetrics, StringComparison.OrdinalIgnoreCase))
                open = Math.Max(open, type.Quality ?? 1);
            else if (type.MediaType.Equals("text/plain", StringComparison.OrdinalIgnoreCase))
                text = Math.Max(text, type.Quality ?? 1);
        }
        return open > 0 && open >= text;
    }
}

/// <summary>A row of statistics with its labels in both spellings, made once a scrape.</summary>
internal readonly record struct MetricRow(StatRow Row, byte[] Haproxy, byte[] Edge)
{
    public static IReadOnlyList<MetricRow> Of(IReadOnlyList<StatRow> rows)
    {
        var labelled = new MetricRow[rows.Count];
        for (var i = 0; i < labelled.Length; i++)
        {
            var row = rows[i];
            labelled[i] = row.Kind switch
            {
                StatRowKind.Server => new MetricRow(
                    row, Exposition.Labels(("proxy", row.Proxy), ("server", row.Name)), Exposition.Labels(("backend", row.Proxy), ("server", row.Name))),
                StatRowKind.Backend => new MetricRow(row, Exposition.Labels(("proxy", row.Proxy)), Exposition.Labels(("backend", row.Proxy))),
                _ => new MetricRow(row, Exposition.Labels(("proxy", row.Proxy)), Exposition.Labels(("listener", row.Proxy))),
            };
        }
        return labelled;
    }
}
