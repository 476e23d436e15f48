using System.Text;
using EdgeActors;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace EdgeHost.Admin;

/// <summary><c>/health</c>: the process works. <c>/ready</c>: it should get new connections. Neither needs a login, and neither is logged.</summary>
/// <param name="checks">Those that are registered with the host decide about <c>/health</c>.</param>
internal sealed class HealthPages(EdgeNode node, HealthCheckService checks)
{
    /// <summary>HAProxy's answer to its monitor-uri, which the checks of existing deployments know.</summary>
    private static readonly byte[] Healthy = "<html><body><h1>200 OK</h1>\nService ready.\n</body></html>\n"u8.ToArray();

    public async Task Answer(HttpContext context)
    {
        if (!await TryAnswer(context, withReasons: true))
            await Responses.NotFound(context);
    }

    /// <param name="withReasons">They name backends, which is not for everyone to see.</param>
    /// <returns>False: it asks for something else.</returns>
    public async Task<bool> TryAnswer(HttpContext context, bool withReasons)
    {
        switch (context.Request.Path.Value)
        {
            case "/health":
                if (Responses.IsRead(context) && await Hold(context) is { } hold)
                {
                    await HeldAnswer.Wait(node, hold, context.RequestAborted);
                    await Health(context);
                }
                return true;
            case "/ready":
                if (Responses.IsRead(context) && await Hold(context) is { } time)
                    await Ready(context, time, withReasons);
                return true;
            default:
                return false;
        }
    }

    /// <returns>Null: it makes no sense, which has been told.</returns>
    private static async Task<TimeSpan?> Hold(HttpContext context)
    {
        if (HeldAnswer.TryRead(context.Request.Query[HeldAnswer.Key], out var hold))
            return hold;
        await Responses.Status(context, StatusCodes.Status400BadRequest, $"{HeldAnswer.Key}: expected a duration up to {HeldAnswer.Max.TotalSeconds} s, such as 900ms\n");
        return null;
    }

    private async Task Health(HttpContext context)
    {
        var report = await checks.CheckHealthAsync(context.RequestAborted);
        if (report.Status == HealthStatus.Healthy)
        {
            await Responses.Bytes(context, Healthy, "text/html");
            return;
        }
        var failed = report.Entries.Where(static entry => entry.Value.Status != HealthStatus.Healthy);
        var reasons = string.Concat(failed.Select(static entry => $"{entry.Key}: {entry.Value.Description}\n"));
        await Responses.Status(context, StatusCodes.Status503ServiceUnavailable, reasons);
    }

    private async Task Ready(HttpContext context, TimeSpan hold, bool withReasons)
    {
        var obstacles = await HeldAnswer.Obstacles(node, hold, context.RequestAborted);
        if (obstacles.Count > 0)
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        var text = obstacles.Count == 0 ? "ready\n" : withReasons ? string.Join('\n', obstacles) + "\n" : "not ready\n";
        await Responses.Bytes(context, Encoding.UTF8.GetBytes(text), "text/plain; charset=utf-8");
    }
}
