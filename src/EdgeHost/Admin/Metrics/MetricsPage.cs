using System.IO.Pipelines;
using EdgeActors;
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
        var reading = new MetricReading(node);
        var output = new Exposition(to, openMetrics);
        foreach (var metric in family switch { "edge" => EdgeMetrics.All, "haproxy" => HaproxyMetrics.All, _ => EdgeMetrics.All.Concat(HaproxyMetrics.All) })
            await output.Write(metric, reading, cancel);
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
