using System.Net;
using EdgeActors;
using EdgeActors.Config;
using EdgeHost.Admin.Metrics;
using Microsoft.AspNetCore.Http;

namespace EdgeHost.Admin;

/// <summary>Which address shows what, and to whom.</summary>
internal sealed class AdminPages(AdminSettings settings, EdgeNode node)
{
    private readonly HealthPages _health = new(node);
    private readonly MetricsPage _metrics = new(node);
    private readonly LoginCheck _login = new(settings.Login, Math.Max(1, settings.MaxConnections / 2));

    public async Task Answer(HttpContext context)
    {
        Responses.Secure(context.Response);
        if (await _health.TryAnswer(context, withReasons: _login.IsRight(context)))
            return;
        if (!IsMeant(context.Request.Host))
        {
            await Responses.Status(context, StatusCodes.Status421MisdirectedRequest, "without a password, only addresses and localhost are answered\n");
            return;
        }
        if (NeedsLogin(context.Request.Path) && !await _login.Allows(context))
            return;
        switch (context.Request.Path.Value)
        {
            case "/metrics" when Responses.IsRead(context):
                await _metrics.Answer(context);
                break;
            case "/stats;csv" when Responses.IsRead(context):
                await Responses.Bytes(context, StatsCsv.Write(node), "text/plain; charset=utf-8");
                break;
            case "/stats;json" when Responses.IsRead(context):
                await Responses.Bytes(context, StatsJson.Write(node), "application/json");
                break;
            default:
                if (context.Response.StatusCode == StatusCodes.Status200OK)
                    await Responses.NotFound(context);
                break;
        }
    }

    private bool NeedsLogin(PathString path) => settings.MetricsAuth || path != "/metrics";

    /// <summary>Where everyone who reaches this may look, a page of someone else's must not reach it by a name of its own that leads here.</summary>
    private bool IsMeant(HostString host) =>
        _login.IsOn || host.Host is "localhost" || IPAddress.TryParse(host.Host.Trim('[', ']'), out _);
}
