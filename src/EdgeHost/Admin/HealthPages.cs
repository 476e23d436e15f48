using System.Diagnostics;
using Edge.Hocon;
using EdgeActors;
using EdgeActors.Health;
using EdgeActors.Routing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace EdgeHost.Admin;

/// <summary><c>/health</c>: the process works. <c>/ready</c>: it should get new connections. Neither needs a login, and neither is
/// logged.</summary>
/// <param name="checks">Those that are registered with the host decide about <c>/health</c>.</param>
internal sealed class HealthPages(EdgeNode node, HealthCheckService checks)
{
    /// <summary>HAProxy's answer to its monitor-uri, which the checks of existing deployments know.</summary>
    private static readonly byte[] Healthy = "<html><body><h1>200 OK</h1>\nService ready.\n</body></html>\n"u8.ToArray();

    private static readonly TimeSpan MaxHold = TimeSpan.FromSeconds(10), Step = TimeSpan.FromMilliseconds(50);

    /// <summary>Requests that wait at once; further ones are answered without a wait, so that they do not use up all connections.</summary>
    private const int MaxHolds = 8;

    private int _holds;

    public async Task Answer(HttpContext context)
    {
        if (!await TryAnswer(context, withReasons: true))
            await Responses.NotFound(context);
    }

    /// <param name="withReasons">The reasons name backends, which only operators may see.</param>
    /// <returns>False: another path is asked for.</returns>
    public async Task<bool> TryAnswer(HttpContext context, bool withReasons)
    {
        switch (context.Request.Path.Value)
        {
            case "/health":
                // A draining node is healthy, but must not delay its end.
                if (Responses.IsRead(context) && await Hold(context, () => node.State.IsDraining))
                    await Health(context);
                return true;
            case "/ready":
                IReadOnlyList<string> obstacles = [];
                if (Responses.IsRead(context) && await Hold(context, () => (obstacles = Obstacles(node)).Count > 0))
                    await Ready(context, obstacles, withReasons);
                return true;
            default:
                return false;
        }
    }

    /// <returns>Why new connections should not be sent here; empty: they should.</returns>
    public static IReadOnlyList<string> Obstacles(EdgeNode node)
    {
        var obstacles = new List<string>();
        if (node.State.IsDraining)
            obstacles.Add("draining");
        foreach (var (settings, _) in node.State.Listeners.All.Where(static listener => !listener.State.IsOpen))
            obstacles.Add($"listener {settings.Name} is not bound");
        var routed = node.State.Settings.RoutedBackends;
        foreach (var pool in node.State.Routes.Current.Backends.OrderBy(static pool => pool.Name, StringComparer.Ordinal))
        {
            if (!pool.IsUsable && routed.Contains(pool.Name))
                obstacles.Add($"backend {pool.Name} has no server that is up{Elsewhere(pool, node)}");
        }
        return obstacles;
    }

    private static string Elsewhere(BackendPool pool, EdgeNode node) => LocalFaults.Of(pool, node.State.Peers) is { Count: > 0 } servers
        ? $" here, while other nodes see {string.Join(", ", servers)} up: it may be this node's own network"
        : "";

    /// <summary><c>?hold=900ms</c>: answers after that time, or as soon as <paramref name="over"/> is true. A repeating client
    /// sees a change within <see cref="Step"/>, and the end of the process as a closed connection.</summary>
    /// <returns>False: the duration is invalid, which has been answered.</returns>
    private async Task<bool> Hold(HttpContext context, Func<bool> over)
    {
        var (words, hold) = (context.Request.Query["hold"], TimeSpan.Zero);
        if (words.Count > 1 || (words.Count == 1 && (HoconDuration.Read(words[0] ?? "", out hold) != HoconUnitStatus.Ok || hold > MaxHold)))
        {
            var why = $"hold: expected a duration up to {MaxHold.TotalSeconds} s, such as 900ms\n";
            await Responses.Status(context, StatusCodes.Status400BadRequest, why);
            return false;
        }
        var since = Stopwatch.GetTimestamp();
        try
        {
            if (Interlocked.Increment(ref _holds) > MaxHolds)
                hold = TimeSpan.Zero;
            while (!over() && hold - Stopwatch.GetElapsedTime(since) is var left && left > TimeSpan.Zero)
                await Task.Delay(left < Step ? left : Step, context.RequestAborted);
        }
        finally
        {
            Interlocked.Decrement(ref _holds);
        }
        return true;
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

    private static Task Ready(HttpContext context, IReadOnlyList<string> obstacles, bool withReasons) => obstacles.Count == 0
        ? Responses.Status(context, StatusCodes.Status200OK, "ready\n")
        : Responses.Status(
            context, StatusCodes.Status503ServiceUnavailable, withReasons ? string.Join('\n', obstacles) + "\n" : "not ready\n");
}
