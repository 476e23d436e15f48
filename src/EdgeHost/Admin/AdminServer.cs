using System.Net;
using EdgeActors;
using EdgeActors.Listening;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeHost.Handover;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace EdgeHost.Admin;

/// <summary>The operator's HTTP endpoints. They outlive the listeners and the drain, so that monitoring sees both.</summary>
internal sealed class AdminServer : IAsyncDisposable
{
    public const string Name = "admin";

    private readonly List<HttpServer> _servers = [];

    /// <summary>Of the page and the metrics; null where it is off.</summary>
    public IPEndPoint? EndPoint { get; private set; }

    /// <summary>Of <c>/health</c> and <c>/ready</c> alone; null where it is off.</summary>
    public IPEndPoint? Health { get; private set; }

    public static async Task<AdminServer> Start(
        AdminSettings settings, EdgeNode node, HealthCheckService checks, EdgeLog log, HostSockets sockets)
    {
        var pages = new HealthPages(node, checks);
        var server = new AdminServer();
        try
        {
            server.Health = await Open("health", settings.HealthBind, pages.Answer);
            server.EndPoint = await Open(Name, settings.Bind, new AdminPages(settings, node, pages).Answer);
        }
        catch (BindException)
        {
            await server.DisposeAsync();
            throw;
        }
        log.Info($"{Name} on {string.Join(", ", ((IPEndPoint?[])[server.EndPoint, server.Health]).OfType<IPEndPoint>())}");
        return server;

        async Task<IPEndPoint?> Open(string owner, BindSettings? bind, RequestDelegate answer)
        {
            if (bind is null)
                return null;
            var connections = new OperatorConnections(settings.MaxConnections);
            server._servers.Add(await HttpServer.Open(
                Name, owner, bind, connections.Limit(answer), log, sockets, HttpServer.ForOperators(connections)));
            return server._servers[^1].EndPoint;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var opened in _servers)
            await opened.DisposeAsync();
        _servers.Clear();
    }
}
