using Akka.Actor;
using EdgeActors;
using EdgeActors.Cluster;
using EdgeActors.Node;
using EdgeActors.Statistics;
using EdgeActors.Telemetry.Traffic;
using EdgeActors.Transport;
using EdgeHost.Cli;
using static EdgeActors.Statistics.MetricType;
using static EdgeActors.Statistics.StatRowKind;
using static EdgeHost.Admin.Metrics.MetricFamily;

namespace EdgeHost.Admin.Metrics;

/// <summary>Edge's own metrics. Labels are names of the configuration and words from fixed lists: never what a client sent.</summary>
internal static class EdgeMetrics
{
    private const string BytesHelp = "Bytes carried: in from clients, out to clients. PROXY headers are not among them.";

    private static readonly CloseReason[] Reasons = [.. Enum.GetValues<CloseReason>().Where(static reason => reason != CloseReason.None)];
    private static readonly MetricLabels[] ReasonLabels =
        [.. Reasons.Select(static reason => new MetricLabels("reason", reason.Facts().Label))];
    private static readonly MetricLabels[] Directions = [new("direction", "in"), new("direction", "out")];
    private static readonly MetricLabels[] Generations =
        [.. Enumerable.Range(0, 3).Select(static i => new MetricLabels("generation", $"{i}"))];

    private static readonly (MetricLabels Labels, FloatingIpState State)[] FloatingIpStates =
    [
        .. from state in Enum.GetValues<FloatingIpState>()
            where state != FloatingIpState.Unknown
            select (new MetricLabels("state", FloatingIp.Word(state)!), state),
    ];

    private static readonly (MetricLabels Labels, Func<EdgeNode, IActorRef> Actor)[] Actors =
    [
        (new("actor", "router"), static node => node.State.Actors.Router),
        (new("actor", "rate-limits"), static node => node.State.Actors.Limiter),
        (new("actor", "connections"), static node => node.State.Actors.Connections),
        (new("actor", "health"), static node => node.State.Actors.Health),
    ];

    public static IReadOnlyList<MetricFamily> All { get; } =
    [
        new("edge_build_info", Gauge, "Which Edge this is.", static reading =>
        [
            new(1, new("version", EdgeVersion.Text, "runtime", $".NET {Environment.Version}"),
                new("transport", reading.Node.State.Transport.Name)),
        ]),
        Of("edge_connections_live", Gauge, "Connections of clients that are open, in whatever state.", static node => node.Live.Count),
        Of("edge_connections_limit", Gauge, "Connections at once, beyond which accepting waits.", static node => node.Gate.Limit),
        Of("edge_sockets_open", Gauge, "Sockets of clients, silent drops on hold included.", static node => node.Transport.OpenLinks),
        Of("edge_accept_pauses_total", Counter, "Times that accepting stopped, for lack of a resource or at the limit of connections.",
            static node => node.AcceptPauses),
        Of("edge_admission_timeouts_total", Counter,
            "Connections that this node decided alone, as the rate limiter did not answer in time.",
            static node => node.Meters.AdmissionTimeoutsTotal),
        Of("edge_silent_drops_held", Gauge, "Silently dropped clients whose sockets are held.", static node => node.Transport.SilentHeld),
        Of("edge_silent_drops_evicted_total", Counter, "Silently dropped clients that were let go early, to make room.",
            static node => node.Transport.SilentEvicted),
        Of("edge_kernel_drops", Gauge, "Addresses and networks whose SYNs the kernel drops.",
            static node => node.Listeners.All.Sum(static listener => listener.State.Admission?.Drops.Count ?? 0)),
        Of("edge_kernel_drops_added_total", Counter, "Addresses and networks that the kernel was told to drop.",
            static node => node.Meters.KernelDropsAddedTotal),
        Of("edge_kernel_dropped_packets_total", Counter,
            "Packets that the kernel dropped at listening sockets while any address was dropped; a client that tries again counts each time.",
            static node => node.Meters.KernelDroppedTotal),
        Of("edge_splice_fallbacks_total", Counter, "Directions that were copied because splice could not carry them.",
            static node => node.Transport.SpliceFallbacks),
        Of("edge_pipe_shortages_total", Counter, "Times that bytes were copied because no pipe was to be had.",
            static node => node.Transport.PipeShortages),
        Of("edge_pipes_open", Gauge, "Pipes for splicing, idle ones included.", static node => node.Transport.PipesOpen),
        Of("edge_pinned_memory_bytes", Gauge,
            "Kernel memory of sockets and pipes of connections that have carried bulk data or have unsent bytes.",
            static node => node.Pinned.Bytes),
        Of("edge_connections_kept", Gauge, "Connections that outlive a crash, as the keeper has their descriptors.",
            static node => node.Keeper?.Slots.InUse ?? 0),
        Of("edge_keeper_missed_total", Counter, "Times that the keeper was too slow to take a connection, a pipe or a listening socket.",
            static node => node.Keeper?.Missed ?? 0),
        Of("edge_log_dropped_total", Counter, "Log lines that found the queue full.", static node => node.Log.Dropped),
        Of("edge_log_left_out_total", Counter, "Drops whose log lines were left out, as log.drops asks for.",
            static node => node.Log.LeftOut),
        Of("edge_generation", Gauge, "Which configuration new connections are made by, counted from 1.",
            static node => node.Generations.Current),
        Of("edge_draining", Gauge, "1 from the order to stop on.", static node => node.IsDraining ? 1 : 0),
        new("edge_ready", Gauge, "1 if /ready says so.", static reading => [new(HealthPages.Obstacles(reading.Node).Count == 0 ? 1 : 0)]),
        Of("edge_gc_pause_seconds_total", Counter, "Time for which the garbage collector stopped everything.",
            static _ => GC.GetTotalPauseDuration().TotalSeconds),
        Of("edge_gc_heap_bytes", Gauge, "Memory of managed objects, garbage included.",
            static _ => GC.GetTotalMemory(forceFullCollection: false)),
        Of("edge_gc_allocated_bytes_total", Counter, "Memory that was ever allocated for managed objects.",
            static _ => GC.GetTotalAllocatedBytes()),
        Of("edge_threadpool_queue_length", Gauge, "Work that waits for the thread pool.", static _ => ThreadPool.PendingWorkItemCount),
        Of("edge_threadpool_threads", Gauge, "Threads of the thread pool.", static _ => ThreadPool.ThreadCount),
        Of("edge_process_cpu_seconds_total", Counter, "CPU time of the process, user and system.",
            static _ => NodeProcess.CpuTime.TotalSeconds),
        Of("edge_process_resident_memory_bytes", Gauge, "Resident memory of the process.", static _ => NodeProcess.Memory),
        Of("edge_process_start_time_seconds", Gauge, "When the process started, in seconds since 1970.",
            static _ => NodeProcess.StartedAt.ToUnixTimeMilliseconds() / 1000.0),
        Of("edge_process_open_fds", Gauge, "Open descriptors.", static _ => NodeProcess.OpenFiles ?? double.NaN),
        Of("edge_process_max_fds", Gauge, "Descriptors that the process may have.", static _ => NodeProcess.MaxFiles ?? double.NaN),
        new("edge_floating_ip_state", Gauge,
            "1 for the state of the floating IP on this node, active if it is here; all 0 while not known.",
            static reading => FloatingIpStates.Select(known =>
                new MetricSample(reading.Node.State.FloatingIp.Current.State == known.State ? 1 : 0, known.Labels))),
        .. ClusterMetrics.All,
        new("edge_actor_mailbox_messages", Gauge,
            "Messages that wait for an actor; the rate limits' are one a shard, these are those of their parent.",
            static reading => from known in Actors
            let cell = (known.Actor(reading.Node) as ActorRefWithCell)?.Underlying
            where cell is not null
            select new MetricSample(cell.NumberOfMessages, known.Labels)),
        new("edge_gc_collections_total", Counter, "Garbage collections.", static _ =>
            Generations.Select(static (labels, i) => new MetricSample(GC.CollectionCount(i), labels))),
        Of("edge_admission_seconds", "From accept to the rate limiter's answer.", static node => node.Meters.AdmissionTime),
        Of("edge_peek_seconds", "From accept to the end of the hello.", static node => node.Meters.PeekTime),
        Of("edge_dial_seconds", "From the hello to the join with a server, without the time in a queue.",
            static node => node.Meters.DialTime),
        new("edge_connections_closed_total", Counter, "Connections that have ended, by why.", static reading =>
            reading.Each(Frontend, ReasonLabels, static (row, i) => row.Traffic.EndedAs(Reasons[i]), static row => row.Edge)),
        Bytes("edge_listener_bytes_total", Frontend),
        Bytes("edge_backend_bytes_total", Backend),
        Bytes("edge_server_bytes_total", Server),
        Of("edge_listener_open", Frontend, Gauge, "1 while the listener accepts.", static row => row.IsOpen ? 1 : 0),
        Of("edge_listener_current_sessions", Frontend, Gauge, "Connections by this listener that are open.",
            static row => row.Traffic.Current),
        Of("edge_listener_session_rate", Frontend, Gauge, "New connections in the last second.", static row => row.Traffic.Rate(row.Now)),
        Of("edge_connections_accepted_total", Frontend, Counter, "Connections that the listener has accepted.",
            static row => row.Traffic.Total),
        Of("edge_backend_servers", Backend, Gauge, "Servers of the backend.", static row => row.Servers.Count),
        Of("edge_backend_servers_usable", Backend, Gauge, "Servers that may get new connections, backup ones included.",
            static row => row.Usable(backup: false) + row.Usable(backup: true)),
        Of("edge_backend_current_sessions", Backend, Gauge, "Connections at the backend, waiting ones included.",
            static row => row.Traffic.Current),
        Of("edge_backend_sessions_total", Backend, Counter, "Connections that were routed to the backend.",
            static row => row.Traffic.Total),
        Of("edge_backend_queue", Backend, Gauge, "Connections that wait for a server.", static row => row.Pool!.Queue.Count),
        Of("edge_backend_errors_total", Backend, Counter, "Connections that ended without a server, for whatever reason.",
            static row => row.Traffic.EndedAs(ReasonGroups.ConnectionErrors)),
        Of("edge_server_up", Server, Gauge, "1 if checks say that the server is up.", static row => row.Server!.Up ? 1 : 0),
        Of("edge_server_usable", Server, Gauge, "1 if the server may get new connections.", static row => row.Server!.IsUsable ? 1 : 0),
        Of("edge_server_weight", Server, Gauge, "The server's share.", static row => row.Server!.Weight),
        Of("edge_server_current_sessions", Server, Gauge, "Connections at the server.", static row => row.Traffic.Current),
        Of("edge_server_sessions_total", Server, Counter, "Connections that the server was chosen for.", static row => row.Traffic.Total),
        Of("edge_server_connect_attempts_total", Server, Counter, "Connects that were begun.", static row => row.PoolTraffic.Attempts),
        Of("edge_server_retries_total", Server, Counter, "Failed connects after which the server was dialled again.",
            static row => row.PoolTraffic.Retries),
        Of("edge_server_redispatches_total", Server, Counter, "Failed connects after which another server was dialled.",
            static row => row.PoolTraffic.Redispatches),
        Of("edge_server_aborts_total", Server, Counter, "Joined connections that the server cut.",
            static row => row.Traffic.EndedAs(ReasonGroups.ServerAborts)),
        Of("edge_server_downtime_seconds_total", Server, Counter, "Time that the server was down or out of service.",
            static row => row.PoolTraffic.State.Downtime(row.Now).TotalSeconds),
        Of("edge_server_check_failures_total", Server, Counter, "Failed checks, while up or down.",
            static row => row.Health?.ChecksFailed ?? double.NaN),
        Of("edge_server_check_duration_seconds", Server, Gauge, "How long the last check took.",
            static row => row.Health?.Last.Duration.TotalSeconds ?? double.NaN),
        Of("edge_server_certificate_expiry_timestamp_seconds", Server, Gauge,
            "When the server's certificate ends, in seconds since 1970; of backends that are checked by a handshake.",
            static row => row.Health?.CertificateExpires?.ToUnixTimeSeconds() ?? double.NaN),
    ];

    private static MetricFamily Bytes(string name, StatRowKind kind) => new(name, Counter, BytesHelp, reading =>
        reading.Each(kind, Directions, static (row, i) => i == 0 ? row.Traffic.BytesUp : row.Traffic.BytesDown, static row => row.Edge));
}

/// <summary>Of a node that is to be in a cluster; one that is not has none of these.</summary>
internal static class ClusterMetrics
{
    private static readonly (MetricLabels Labels, Func<ClusterGateway, double> Get)[] Decisions =
    [
        (new("by", "local"), static gate => gate.DecidedLocally),
        (new("by", "remote"), static gate => gate.DecidedRemotely),
        (new("by", "alone"), static gate => gate.DecidedAlone),
    ];

    public static IReadOnlyList<MetricFamily> All { get; } =
    [
        Of("edge_cluster_joined", Gauge, "1 while this node is a member of its cluster.",
            static picture => picture.State == ClusterState.Up ? 1 : 0),
        Of("edge_cluster_members", Gauge, "Nodes of the cluster as this one sees it, itself included.",
            static picture => picture.Members.Count),
        Of("edge_cluster_members_unreachable", Gauge, "Those that cannot be reached.",
            static picture => picture.Members.Count(static member => !member.IsReachable)),
        Of("edge_cluster_shards", Gauge, "Rate-limit entities that run on this node, of 64 in all.", static picture => picture.ShardsHere),
        Of("edge_cluster_incarnations_total", Counter, "Cluster systems that this process has begun.",
            static picture => picture.Incarnation),
        Of("edge_cluster_decisions_total", Counter,
            "Connections by who decided on their rate limit: an entity of this node, one of another node, or this node alone as there was "
                + "no answer.",
            static node => Decisions.Select(known => new MetricSample(known.Get(node.Gateway), known.Labels))),
        Of("edge_cluster_member_up", Gauge, "1 for a node that is a full member and can be reached.",
            static node => node.Gateway.Picture.Members.Select(static member =>
                new MetricSample(member is { Status: "Up", IsReachable: true } ? 1 : 0, new("node", member.Name, "address", member.Address)))),
    ];

    private static MetricFamily Of(string name, MetricType type, string help, Func<ClusterPicture, double> get) =>
        Of(name, type, help, node => [new MetricSample(get(node.Gateway.Picture))]);

    private static MetricFamily Of(string name, MetricType type, string help, Func<EdgeNode, IEnumerable<MetricSample>> read) =>
        new(name, type, help, reading => reading.Node.Cluster is null ? null : read(reading.Node));
}
