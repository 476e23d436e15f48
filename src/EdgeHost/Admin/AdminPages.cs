using System.Net;
using EdgeActors;
using EdgeActors.Settings;
using EdgeHost.Admin.Metrics;
using EdgeHost.Admin.Page;
using Microsoft.AspNetCore.Http;

namespace EdgeHost.Admin;

/// <summary>Which address shows what, and to whom.</summary>
internal sealed class AdminPages
{
    private readonly AdminSettings? _settings;
    private readonly EdgeNode _node;
    private readonly HealthPages _health;
    private readonly MetricsPage _metrics;
    private readonly LoginCheck _login;
    private readonly PageToken? _token;
    private readonly OperatorApi _api;

    /// <param name="settings">Null: clients have been authenticated by their user, as on the control socket, and may do everything.</param>
    public AdminPages(AdminSettings? settings, EdgeNode node, HealthPages health)
    {
        _settings = settings;
        _node = node;
        _health = health;
        _metrics = new MetricsPage(node);
        // Half of the connections stay for who knows the password.
        _login = new LoginCheck(settings?.Login, Math.Max(1, (settings?.MaxConnections ?? 0) / 2));
        _token = settings is null ? null : new PageToken(settings.Login);
        _api = new OperatorApi(node.Operator, _token);
    }

    public async Task Answer(HttpContext context)
    {
        Responses.Secure(context.Response);
        // A password is not asked for here, so that none can be tried here; who has it sees the reasons on the page.
        if (await _health.TryAnswer(context, withReasons: !_login.IsOn))
            return;
        if (!IsMeant(context.Request.Host))
        {
            await Responses.Status(context, StatusCodes.Status421MisdirectedRequest, "without a password, only addresses and localhost are answered\n");
            return;
        }
        if (NeedsLogin(context.Request.Path) && !await _login.Allows(context))
            return;
        if (context.Request.Path.StartsWithSegments(OperatorApi.Prefix))
            await _api.Answer(context);
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
                return Responses.Bytes(context, StatsCsv.Write(_node), "text/plain; charset=utf-8");
            case "/stats;json":
                return Responses.Bytes(context, StatsJson.Write(_node, _token?.Text), "application/json");
            case "/metrics":
                return _metrics.Answer(context);
            default:
                return Responses.NotFound(context);
        }
    }

    private bool NeedsLogin(PathString path) => _settings is not { MetricsAuth: false } || path != "/metrics";

    /// <summary>Where everyone who reaches this may look, a page of someone else's must not reach it by a name of its own that leads here.</summary>
    private bool IsMeant(HostString host) =>
        _settings is null || _login.IsOn || host.Host is "localhost" || IPAddress.TryParse(host.Host.Trim('[', ']'), out _);
}
