using Akka;
using Akka.Actor;
using Akka.Hosting;
using EdgeActors;
using EdgeActors.Admission;
using EdgeActors.Connection;
using EdgeActors.Health;
using EdgeActors.Listening;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeHost.Admin;
using EdgeHost.Admin.Metrics;
using EdgeHost.Control;
using EdgeHost.Handover;
using EdgeHost.Redirect;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace EdgeHost.Hosting;

/// <summary>Where the running node is found once it has started, or why it has not.</summary>
internal sealed class EdgeNodeHolder
{
    public EdgeNode? Node { get; set; }

    public string? Failure { get; set; }

    /// <summary>Null where it is off.</summary>
    public RedirectServer? Redirect { get; set; }

    /// <summary>Null where the settings come from no file.</summary>
    public ConfigReloader? Reloader { get; set; }

    /// <summary>Null where it is off.</summary>
    public ControlServer? Control { get; set; }

    /// <summary>Null where it is off.</summary>
    public AdminServer? Admin { get; set; }

    /// <summary>Null where it is off.</summary>
    public OtlpExport? Otlp { get; set; }

    /// <summary>Null where it is off.</summary>
    public UpgradeServer? Upgrade { get; set; }

    /// <summary>Null where there is none.</summary>
    public Predecessor? Predecessor { get; set; }

    /// <summary>Those of the host, which <c>/health</c> runs. Set when the host is built.</summary>
    public HealthCheckService Checks { get; set; } = null!;

    /// <summary>Of the host's own entrances.</summary>
    public HostSockets Sockets { get; set; } = new();

    /// <summary>Null where nobody has made one.</summary>
    public ServiceManager? Service { get; set; }

    /// <summary>In a few words, for the service manager.</summary>
    public string Status => $"configuration {Node?.State.Generations.Current}, on {string.Join(", ", Node?.State.Listeners.All.SelectMany(static entrance => entrance.State.EndPoints) ?? [])}";

    /// <summary>As a signal does.</summary>
    public Action StopApplication { get; set; } = static () => { };
}

/// <summary>Edge in an actor system of Akka.Hosting.</summary>
internal static class EdgeHosting
{
    /// <summary>Shorter than the timeout of the image's HEALTHCHECK, so that the answer says what is wrong.</summary>
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Adds the node, its registry keys and its part of a coordinated shutdown: unbind first, then let connections finish.</summary>
    public static AkkaConfigurationBuilder AddEdge(
        this AkkaConfigurationBuilder builder, EdgeSettings settings, EdgeLog log, EdgeNodeHolder holder, ConfigSource? source = null)
    {
        if (settings.AkkaHocon.Length > 0)
            builder.AddHocon(settings.AkkaHocon, HoconAddMode.Prepend);
        builder.AddSetup(new AkkaLogSetup(log));
        return builder
            .AddHocon(Hocon(settings), HoconAddMode.Append)
            .AddHocon(AkkaLog.Hocon(settings.Log.Level), HoconAddMode.Append)
            .WithActorSystemLivenessCheck()
            .WithHealthCheck("edge", async (_, _, _) => holder.Node switch
            {
                null => HealthCheckResult.Unhealthy("the node has not started"),
                var node when await node.State.Answers(AnswerTimeout) => HealthCheckResult.Healthy(),
                _ => HealthCheckResult.Unhealthy($"an actor or a reactor has not answered within {AnswerTimeout.TotalSeconds} s"),
            })
            .WithActors(async (system, registry) =>
            {
                try
                {
                    var node = await EdgeNode.Start(system, settings, log, TimeProvider.System, inherited: holder.Predecessor?.Inheritance);
                    holder.Node = node;
                    Register(registry, node);
                    // Before clients come, so that its histograms have them all.
                    if (settings.Otlp is { } otlp)
                        holder.Otlp = new OtlpExport(otlp, node);
                    await node.State.Listeners.Bound();
                    node.JoinCluster(PbmHosting.ForCluster(settings, log));
                    if (settings.HttpRedirect is { } redirect)
                    {
                        holder.Redirect = await RedirectServer.Start(redirect, log, TimeProvider.System, holder.Sockets);
                        AddShutdown(CoordinatedShutdown.Get(system), holder.Redirect);
                    }
                    AddShutdown(CoordinatedShutdown.Get(system), node, holder);
                    FloatingIpShutdown.Add(CoordinatedShutdown.Get(system), node, holder.Sockets);
                    if (source is not null)
                    {
                        node.Reloader = holder.Reloader = new ConfigReloader(source, node, holder);
                        holder.Reloader.Watch(settings.ReloadWatch);
                    }
                    if (settings.Control.Socket is { } socket)
                    {
                        var pages = new AdminPages(settings: null, node, new HealthPages(node, holder.Checks));
                        var takesOver = holder.Predecessor is { } before && ControlSocket.IsOf(before.Pid, socket);
                        holder.Control = await ControlServer.Start(socket, pages.Answer, log, takesOver);
                        AddShutdown(CoordinatedShutdown.Get(system), holder.Control);
                    }
                    if (settings.Admin is { } admin)
                    {
                        holder.Admin = await AdminServer.Start(admin, node, holder.Checks, log, holder.Sockets);
                        AddShutdown(CoordinatedShutdown.Get(system), holder.Admin);
                    }
                    if (settings.Upgrade.Socket is { } meeting)
                    {
                        await UpgradeHosting.Begin(meeting, node, holder);
                        AddShutdown(CoordinatedShutdown.Get(system), holder.Upgrade!);
                    }
                }
                catch (Exception e) when (e is BindException or ServerAddressException or PlatformNotSupportedException or ControlSocketException or UpgradeException)
                {
                    holder.Failure = e.Message;
                }
            });
    }

    private static void Register(IActorRegistry registry, EdgeNode node)
    {
        registry.Register<RouterActor>(node.State.Actors.Router);
        registry.Register<RateLimitActor>(node.State.Actors.Limiter);
        registry.Register<ConnectionsActor>(node.State.Actors.Connections);
        registry.Register<HealthActor>(node.State.Actors.Health);
    }

    private static void AddShutdown(CoordinatedShutdown shutdown, EdgeNode node, EdgeNodeHolder holder)
    {
        var leaving = Task.CompletedTask;
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceUnbind, "edge-unbind", async () =>
        {
            await node.Unbind();
            // Its shards move while its connections end.
            leaving = node.Cluster?.Leave() ?? Task.CompletedTask;
            return Done.Instance;
        });
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceRequestsDone, "edge-drain", async () =>
        {
            var live = node.State.Live.Count;
            // It has been told already how its last connections ended.
            if (live == 0 && holder.Upgrade is { HasHandedOver: true })
                return Done.Instance;
            if (live > 0)
                node.State.Log.Info($"draining {live} connection(s)");
            var closed = await node.Drain();
            node.State.Log.Info(closed == 0 ? "drained, no connection was cut" : $"drain timeout, {closed} connection(s) were cut");
            await leaving;
            return Done.Instance;
        });
    }

    /// <summary>Behind the drain: whoever watches sees it, and <c>/ready</c> says that it goes on.</summary>
    private static void AddShutdown(CoordinatedShutdown shutdown, AdminServer admin) =>
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceStop, "edge-admin-end", async () =>
        {
            await admin.DisposeAsync();
            return Done.Instance;
        });

    private static void AddShutdown(CoordinatedShutdown shutdown, RedirectServer redirect) =>
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceUnbind, "edge-redirect-end", async () =>
        {
            await redirect.DisposeAsync();
            return Done.Instance;
        });

    /// <summary>Who comes to take over now finds the addresses free, or soon will.</summary>
    private static void AddShutdown(CoordinatedShutdown shutdown, UpgradeServer upgrade) =>
        shutdown.AddTask(CoordinatedShutdown.PhaseBeforeServiceUnbind, "edge-upgrade-end", async () =>
        {
            await upgrade.DisposeAsync();
            return Done.Instance;
        });

    /// <summary>Operators may look and act until the drain is over.</summary>
    private static void AddShutdown(CoordinatedShutdown shutdown, ControlServer control) =>
        shutdown.AddTask(CoordinatedShutdown.PhaseBeforeActorSystemTerminate, "edge-control-end", async () =>
        {
            await control.DisposeAsync();
            return Done.Instance;
        });

    /// <summary>
    /// Akka's share of the settings. The process's own signal handling decides when to stop, so Akka's hook on process exit is off: after
    /// a second signal nothing may wait. Its timers are for whole seconds, and their beat costs something all the time: at Akka's own 10 ms it took
    /// a fiftieth of a core from the transport, and some per cent of the CPU that a gigabyte takes.
    /// </summary>
    private static string Hocon(EdgeSettings settings) => $$"""
        akka {
          scheduler.tick-duration = 100ms
          coordinated-shutdown {
            run-by-clr-shutdown-hook = off
            exit-clr = off
            phases.before-service-unbind.timeout = {{(long)(settings.FloatingIp.HandoverTimeout.TotalMilliseconds + 5_000)}} ms
            phases.service-requests-done.timeout = {{(long)(settings.DrainTimeout.TotalMilliseconds + (settings.Cluster.Enabled ? 40_000 : 10_000))}} ms
          }
        }
        """;
}
