using System.Net;
using EdgeActors;
using EdgeActors.Settings;
using EdgeActors.Statistics;
using EdgeHost.Admin.Metrics;
using EdgeHost.Admin.Page;
using Microsoft.AspNetCore.Http;

namespace EdgeHost.Admin;

/// <summary>The pages of the admin endpoint and of the control socket, with their access rules.</summary>
/// <param name="settings">Null: clients have been authenticated by their user, as on the control socket, and may do everything.</param>
internal sealed class AdminPages(AdminSettings? settings, EdgeNode node, HealthPages health)
{
    private readonly LoginCheck _login = new(settings?.Login, node.State.Time);
    private readonly PageToken? _token = settings is null ? null : new PageToken(settings.Login, node.State.Time);
    private readonly MetricsPage _metrics = new(node);

    public async Task Answer(HttpContext context)
    {
        Responses.Secure(context.Response);
        // Health pages need no password, so they show no reasons where there is one; the stats page does.
        if (await health.TryAnswer(context, withReasons: !_login.IsOn))
            return;
        if (!IsMeant(context.Request.Host))
        {
            const string Why = "without a password, only addresses and localhost are answered\n";
            await Responses.Status(context, StatusCodes.Status421MisdirectedRequest, Why);
            return;
        }
        if (NeedsLogin(context.Request.Path) && !await _login.Allows(context))
            return;
        if (context.Request.Path.StartsWithSegments(OperatorApi.Prefix))
            await new OperatorApi(node.Operator, _token).Answer(context);
        else if (Responses.IsRead(context))
            await Show(context);
    }

    private Task Show(HttpContext context)
    {
        switch (context.Request.Path.Value)
        {
            case "/":
                context.Response.Redirect("/stats");
                return Task.CompletedTask;
            case "/stats":
                return StatsPage.Answer(context);
            case "/stats;csv":
                return Responses.Bytes(context, StatsCsv.Write(StatRows.Read(node.State)), "text/plain; charset=utf-8");
            case "/stats;json":
                return Responses.Bytes(context, StatsJson.Write(node, _token?.Issue(context)), "application/json");
            case "/metrics":
                return _metrics.Answer(context);
            default:
                return Responses.NotFound(context);
        }
    }

    private bool NeedsLogin(PathString path) => settings is not { MetricsAuth: false } || path != "/metrics";

    /// <summary>Against DNS rebinding: without a login, only addresses and localhost are accepted as the host.</summary>
    private bool IsMeant(HostString host) =>
        settings is null || _login.IsOn || host.Host is "localhost" || IPAddress.TryParse(host.Host.Trim('[', ']'), out _);
}
