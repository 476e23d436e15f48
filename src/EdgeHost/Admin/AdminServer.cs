using System.Net;
using EdgeActors;
using EdgeActors.Listening;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeHost.Handover;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace EdgeHost.Admin;

/// <summary>The operator's entrance by HTTP. It outlives the listeners and the drain, so that those who watch see both.</summary>
internal sealed class AdminServer : IAsyncDisposable
{
    public const string Name = "admin";

    private readonly List<HttpServer> _servers = [];

    private AdminServer()
    {
    }

    /// <summary>Of the page and of metrics; null where it is off.</summary>
    public IPEndPoint? EndPoint { get; private set; }

    /// <summary>Of health alone; null where it is off.</summary>
    public IPEndPoint? Health { get; private set; }

    /// <exception cref="BindException">An address cannot be listened on.</exception>
    public static async Task<AdminServer> Start(AdminSettings settings, EdgeNode node, HealthCheckService checks, EdgeLog log, HostSockets sockets)
    {
        var pages = new HealthPages(node, checks);
        var server = new AdminServer();
        try
        {
            if (settings.HealthBind is { } health)
                server.Health = await server.Open("health", health, settings, pages.Answer, log, sockets);
            if (settings.Bind is { } bind)
                server.EndPoint = await server.Open(Name, bind, settings, new AdminPages(settings, node, pages).Answer, log, sockets);
        }
        catch (BindException)
        {
            await server.DisposeAsync();
            throw;
        }
        log.Info($"{Name} on {string.Join(", ", ((IPEndPoint?[])[server.EndPoint, server.Health]).OfType<IPEndPoint>())}");
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var opened in _servers)
            await opened.DisposeAsync();
        _servers.Clear();
    }

    private async Task<IPEndPoint> Open(
        string owner, BindSettings bind, AdminSettings settings, Microsoft.AspNetCore.Http.RequestDelegate answer, EdgeLog log, HostSockets sockets)
    {
        var opened = await HttpServer.Open(owner, bind, settings.MaxConnections, answer, log, sockets);
        _servers.Add(opened);
        return opened.EndPoint;
    }
}
