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

/// <summary>The running parts of the process. A part that is off, or has not started, is null.</summary>
internal sealed class EdgeNodeHolder
{
    public EdgeNode? Node { get; set; }

    public string? Failure { get; set; }

    public RedirectServer? Redirect { get; set; }

    public ConfigReloader? Reloader { get; set; }

    public ControlServer? Control { get; set; }

    public AdminServer? Admin { get; set; }

    public OtlpExport? Otlp { get; set; }

    public UpgradeServer? Upgrade { get; set; }

    public PreviousProcess? Previous { get; set; }

    /// <summary>From a process that hands over, or has crashed.</summary>
    public ReceivedHandover? Inherited => Previous?.Handover ?? Keeper?.Handover;

    public KeeperSession? Keeper { get; set; }

    public ConnectionKeeping? Keeping { get; set; }

    /// <summary>Ends when the previous process has passed on its connections.</summary>
    public Task Adopting { get; set; } = Task.CompletedTask;

    /// <summary>The host's health checks, which <c>/health</c> runs. Set when the host is built.</summary>
    public HealthCheckService Checks { get; set; } = null!;

    public HostSockets Sockets { get; set; } = new();

    public ServiceManager? Service { get; set; }

    /// <summary>One line for the service manager.</summary>
    public string Status => $"configuration {Node?.State.Generations.Current}, on "
        + string.Join(", ", Node?.State.Listeners.All.SelectMany(static listener => listener.State.EndPoints) ?? []);

    public Action StopApplication { get; set; } = static () => { };
}

internal static class EdgeHosting
{
    /// <summary>Shorter than the timeout of the image's HEALTHCHECK, so that the answer says what is wrong.</summary>
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Adds the node, its registry keys and its part of a coordinated shutdown: unbind first, then let connections
    /// finish.</summary>
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
                    var node = await EdgeNode.Start(system, settings, log, TimeProvider.System, inherited: holder.Inherited, keeper: holder.Keeper?.Channel);
                    holder.Node = node;
                    registry.Register<RouterActor>(node.State.Actors.Router);
                    registry.Register<RateLimitActor>(node.State.Actors.Limiter);
                    registry.Register<ConnectionsActor>(node.State.Actors.Connections);
                    registry.Register<HealthActor>(node.State.Actors.Health);
                    await StartParts(node, settings, log, holder, source, CoordinatedShutdown.Get(system));
                }
                catch (Exception e) when (e is BindException or ServerAddressException or PlatformNotSupportedException
                    or ControlSocketException or UpgradeException)
                {
                    holder.Failure = e.Message;
                }
            });
    }

    private static async Task StartParts(
        EdgeNode node, EdgeSettings settings, EdgeLog log, EdgeNodeHolder holder, ConfigSource? source, CoordinatedShutdown shutdown)
    {
        // Before the first client, so that its histograms count all clients.
        if (settings.Otlp is { } otlp)
            holder.Otlp = new OtlpExport(otlp, node);
        await node.State.Listeners.Bound();
        var handover = new HandoverSource(node, holder);
        if (holder.Keeper is { } keeper)
        {
            holder.Keeping = new ConnectionKeeping(keeper, node.State, handover);
            holder.Keeping.Continue();
            if (keeper.Handover is not null)
                node.BeginToAccept();
        }
        if (node.State.Budget.Apply(settings).HttpRedirect is { } redirect)
        {
            holder.Redirect = await RedirectServer.Start(redirect, log, TimeProvider.System, holder.Sockets);
            AddEnd(shutdown, CoordinatedShutdown.PhaseServiceUnbind, "edge-redirect-end", holder.Redirect);
        }
        AddNodeTasks(shutdown, node, holder);
        if (source is not null)
        {
            node.Reloader = holder.Reloader = new ConfigReloader(source, node, holder);
            holder.Reloader.Watch(settings.ReloadWatch);
        }
        if (settings.Control.Socket is { } socket)
        {
            var pages = new AdminPages(settings: null, node, new HealthPages(node, holder.Checks));
            // After a crash, a process that has handed over and still drains may have it.
            var takesOver = holder.Previous is { } previous ? ControlSocket.IsOf(previous.Pid, socket) : holder.Inherited is not null;
            holder.Control = await ControlServer.Start(socket, pages.Answer, log, takesOver);
            // Operators may look and act until the drain is over.
            AddEnd(shutdown, CoordinatedShutdown.PhaseBeforeActorSystemTerminate, "edge-control-end", holder.Control);
        }
        if (settings.Admin is { } admin)
        {
            holder.Admin = await AdminServer.Start(admin, node, holder.Checks, log, holder.Sockets);
            // After the drain: monitoring sees it, and /ready says that the node drains.
            AddEnd(shutdown, CoordinatedShutdown.PhaseServiceStop, "edge-admin-end", holder.Admin);
        }
        if (holder is { Keeping: { } replacing, Previous: not null })
            await replacing.SayReady();
        await HandoverSource.Begin(settings.Upgrade.Socket, node, holder, handover);
        holder.Keeper?.Handover?.Dispose();
        if (holder is { Keeping: { } keeping, Previous: null })
            await keeping.SayReady();
        holder.Keeping?.Start();
        // Last, as a start that fails must not wait for the cluster's actor system to leave. The previous process leaves about now.
        node.JoinCluster(PbmHosting.ForCluster(settings, log));
        // A process that starts from now on finds the addresses free, or soon will.
        AddEnd(shutdown, CoordinatedShutdown.PhaseBeforeServiceUnbind, "edge-upgrade-end", holder.Upgrade!);
        if (source is not null)
            node.Restart = new SelfRestart(source.Path, holder.Upgrade!, holder.Service, holder.Keeper, log).Run;
    }

    private static void AddNodeTasks(CoordinatedShutdown shutdown, EdgeNode node, EdgeNodeHolder holder)
    {
        var log = node.State.Log;
        var leaving = Task.CompletedTask;
        // The floating IP moves to the other node before the listeners close.
        AddTask(shutdown, CoordinatedShutdown.PhaseBeforeServiceUnbind, "edge-floating-ip", async () =>
        {
            // The admin endpoint goes on: the tool that moves the address asks it whether this node is ready.
            var moved = await node.HandOverFloatingIp(on =>
            {
                if (!holder.Sockets.IgnoreNewClients(RedirectServer.Name, on))
                    log.Warning($"{RedirectServer.Name}: new clients are answered all the same");
            });
            if (moved is true)
                log.Info("the floating IP is with the other node");
            else if (moved is false)
                log.Warning("no node has taken the floating IP, this one shuts down all the same");
        });
        AddTask(shutdown, CoordinatedShutdown.PhaseServiceUnbind, "edge-unbind", async () =>
        {
            if (holder.Keeping is { } keeping)
                await keeping.ForgetListeners();
            await node.Unbind();
            // Its shards move while its connections end.
            leaving = node.Cluster?.Leave() ?? Task.CompletedTask;
        });
        AddTask(shutdown, CoordinatedShutdown.PhaseServiceRequestsDone, "edge-drain", async () =>
        {
            var live = node.State.Live.Count;
            // The handover has logged already how its last connections ended.
            if (live == 0 && holder.Upgrade is { HasHandedOver: true })
                return;
            if (live > 0)
                log.Info($"draining {live} connection(s)");
            LogDrained(log, await node.Drain());
            await leaving;
        });
    }

    /// <param name="cut">Connections that the drain timeout ended.</param>
    public static void LogDrained(EdgeLog log, int cut) =>
        log.Info(cut == 0 ? "drained, no connection was cut" : $"drain timeout, {cut} connection(s) were cut");

    private static void AddEnd(CoordinatedShutdown shutdown, string phase, string name, IAsyncDisposable part) =>
        AddTask(shutdown, phase, name, () => part.DisposeAsync().AsTask());

    private static void AddTask(CoordinatedShutdown shutdown, string phase, string name, Func<Task> task) =>
        shutdown.AddTask(phase, name, async () =>
        {
            await task();
            return Done.Instance;
        });

    /// <summary>Akka's share of the settings. The process handles signals itself, so Akka's exit hook is off. Akka's timers are for whole
    /// seconds: a tick of 10 ms (its default) took 2 % of a core from the transport.</summary>
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

/// <summary>Petabridge.Cmd, where this build has it.</summary>
internal static class PbmHosting
{
    /// <summary>Whether this build can run these settings; writes the reason to standard error if not.</summary>
    public static bool Allows(EdgeSettings settings)
    {
#if PETABRIDGE_CMD
        return true;
#else
        if (settings.Control.Pbm is null)
            return true;
        Console.Error.WriteLine(
            "edge.control.pbm: this build has no Petabridge.Cmd, so pbm cannot connect. Build with -p:UsePetabridgeCmd=true, which needs " +
            "its packages, or set control.pbm = off: \"edge ctl\" has the same verbs by control.socket.");
        return false;
#endif
    }

    /// <summary>Needs the node of <see cref="EdgeHosting.AddEdge"/>, so it comes after it.</summary>
    public static AkkaConfigurationBuilder AddPbm(
        this AkkaConfigurationBuilder builder, EdgeSettings settings, EdgeLog log, EdgeNodeHolder holder)
    {
#if PETABRIDGE_CMD
        if (settings.Control.Pbm is { } address)
            Pbm.EdgeCommandPalette.AddTo(builder, address, () => holder.Node?.Operator, log);
#endif
        return builder;
    }

    /// <summary>Starts pbm in each actor system of the cluster; null where it is off.</summary>
    public static Action<ActorSystem>? ForCluster(EdgeSettings settings, EdgeLog log)
    {
#if PETABRIDGE_CMD
        if (settings.Control.PbmOfCluster is { } address)
            return system => Pbm.ClusterCommandPalettes.AddTo(system, address, log);
#endif
        return null;
    }
}
