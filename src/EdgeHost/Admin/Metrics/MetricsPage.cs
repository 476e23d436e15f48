using System.IO.Pipelines;
using EdgeActors;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace EdgeHost.Admin.Metrics;

/// <summary><c>/metrics</c>: Edge's own metrics, and the same facts under HAProxy's names for existing dashboards. <c>?family=edge</c> or
/// <c>haproxy</c> asks for one of the two.</summary>
internal sealed class MetricsPage(EdgeNode node)
{
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
        var metrics = family switch { "edge" => EdgeMetrics.All, "haproxy" => HaproxyMetrics.All, _ => EdgeMetrics.All.Concat(HaproxyMetrics.All) };
        foreach (var metric in metrics)
            await output.Write(metric, reading, cancel);
        output.End();
        await to.FlushAsync(cancel);
    }

    /// <summary>As Prometheus asks: a list with weights (RFC 9110, section 12.5.1). Who asks for neither gets the older one.</summary>
    private static bool WantsOpenMetrics(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var accepted))
            return false;
        var open = Quality("application/openmetrics-text");
        return open > 0 && open >= Quality("text/plain");

        double Quality(string type) => accepted.Where(one => one.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase))
            .Select(static one => one.Quality ?? 1).DefaultIfEmpty().Max();
    }
}
