using Akka.Actor;
using EdgeActors;
using EdgeActors.Connection;
using EdgeActors.Node;
using EdgeActors.Operate;
using EdgeActors.Telemetry.Stats;
using EdgeActors.Telemetry.Traffic;
using EdgeActors.Transport;
using EdgeHost.Verbs;

namespace EdgeHost.Admin.Metrics;

/// <summary>Edge's own metrics. Labels are names of the configuration and words from fixed lists: never what a client sent.</summary>
internal static class EdgeMetrics
{
    private const FamilyType Counter = FamilyType.Counter, Gauge = FamilyType.Gauge;

    private static readonly CloseReason[] Reasons = [.. Enum.GetValues<CloseReason>().Where(static reason => reason != CloseReason.None)];
    private static readonly byte[][] ReasonLabels = [.. Reasons.Select(static reason => Exposition.Labels(("reason", reason.Facts().Label)))];
    private static readonly byte[] In = Exposition.Labels(("direction", "in")), Out = Exposition.Labels(("direction", "out"));
    private static readonly byte[][] Buckets = [.. TimeHistogram.Bounds.Select(static bound => Le($"{bound:0.0####}")), Le("+Inf")];
    private static readonly byte[][] Generations = [.. Enumerable.Range(0, 3).Select(static i => Exposition.Labels(("generation", $"{i}")))];

    private static readonly (byte[] Labels, FloatingIpState State)[] FloatingIpStates =
    [
        .. from state in Enum.GetValues<FloatingIpState>()
            where state != FloatingIpState.Unknown
            select (Exposition.Labels(("state", FloatingIp.Word(state)!)), state),
    ];

    private static readonly (string Name, FamilyType Type, string Help, Func<EdgeNode, double> Get)[] Node =
    [
        ("edge_connections_live", Gauge, "Connections of clients that are open, in whatever state.", static node => node.State.Live.Count),
        ("edge_connections_limit", Gauge, "Connections at once, beyond which accepting waits.", static node => node.State.Gate.Limit),
        ("edge_sockets_open", Gauge, "Sockets of clients, silent drops on hold included.", static node => node.State.Transport.OpenLinks),
        ("edge_accept_pauses_total", Counter, "Times that accepting stopped, for lack of a resource or at the limit of connections.", static node => node.State.AcceptPauses),
        ("edge_admission_timeouts_total", Counter, "Connections that this node decided alone, as the rate limiter did not answer in time.", static node => node.State.Meters.AdmissionTimeoutsTotal),
        ("edge_silent_drops_held", Gauge, "Silently dropped clients whose sockets are held.", static node => node.State.Transport.SilentHeld),
        ("edge_silent_drops_evicted_total", Counter, "Silently dropped clients that were let go early, to make room.", static node => node.State.Transport.SilentEvicted),
        ("edge_splice_fallbacks_total", Counter, "Directions that were copied because splice could not carry them.", static node => node.State.Transport.SpliceFallbacks),
        ("edge_pipe_shortages_total", Counter, "Times that bytes were copied because no pipe was to be had.", static node => node.State.Transport.PipeShortages),
        ("edge_pipes_open", Gauge, "Pipes for splicing, idle ones included.", static node => node.State.Transport.PipesOpen),
        ("edge_log_dropped_total", Counter, "Log lines that found the queue full.", static node => node.State.Log.Dropped),
        ("edge_log_left_out_total", Counter, "Drops whose log lines were left out, as log.drops asks for.", static node => node.State.Log.LeftOut),
        ("edge_generation", Gauge, "Which configuration new connections are made by, counted from 1.", static node => node.State.Generations.Current),
        ("edge_draining", Gauge, "1 from the order to stop on.", static node => node.State.IsDraining ? 1 : 0),
        ("edge_ready", Gauge, "1 if /ready says so.", static node => Readiness.Obstacles(node).Count == 0 ? 1 : 0),
        ("edge_gc_pause_seconds_total", Counter, "Time for which the garbage collector stopped everything.", static _ => GC.GetTotalPauseDuration().TotalSeconds),
        ("edge_gc_heap_bytes", Gauge, "Memory of managed objects, garbage included.", static _ => GC.GetTotalMemory(forceFullCollection: false)),
        ("edge_gc_allocated_bytes_total", Counter, "Memory that was ever allocated for managed objects.", static _ => GC.GetTotalAllocatedBytes()),
        ("edge_threadpool_queue_length", Gauge, "Work that waits for the thread pool.", static _ => ThreadPool.PendingWorkItemCount),
        ("edge_threadpool_threads", Gauge, "Threads of the thread pool.", static _ => ThreadPool.ThreadCount),
        ("edge_process_cpu_seconds_total", Counter, "CPU time of the process, user and system.", static _ => NodeProcess.CpuTime.TotalSeconds),
        ("edge_process_resident_memory_bytes", Gauge, "Resident memory of the process.", static _ => NodeProcess.Memory),
        ("edge_process_start_time_seconds", Gauge, "When the process started, in seconds since 1970.", static _ => NodeProcess.StartedAt.ToUnixTimeMilliseconds() / 1000.0),
        ("edge_process_open_fds", Gauge, "Open descriptors.", static _ => NodeProcess.OpenFiles ?? double.NaN),
        ("edge_process_max_fds", Gauge, "Descriptors that the process may have.", static _ => NodeProcess.MaxFiles ?? double.NaN),
    ];

    private static readonly (byte[] Labels, Func<EdgeNode, IActorRef> Actor)[] Actors =
    [
        (Exposition.Labels(("actor", "router")), static node => node.State.Actors.Router),
        (Exposition.Labels(("actor", "rate-limits")), static node => node.State.Actors.Limiter),
        (Exposition.Labels(("actor", "connections")), static node => node.State.Actors.Connections),
        (Exposition.Labels(("actor", "health")), static node => node.State.Actors.Health),
    ];

    private static readonly (string Name, StatRowKind Kind, FamilyType Type, string Help, Func<StatRow, double> Get)[] Rows =
    [
        ("edge_listener_open", StatRowKind.Frontend, Gauge, "1 while the listener accepts.", static row => row.IsOpen ? 1 : 0),
        ("edge_listener_current_sessions", StatRowKind.Frontend, Gauge, "Connections by this listener that are open.", static row => row.Traffic.Current),
        ("edge_listener_session_rate", StatRowKind.Frontend, Gauge, "New connections in the last second.", static row => row.Traffic.Rate(row.Now)),
        ("edge_connections_accepted_total", StatRowKind.Frontend, Counter, "Connections that the listener has accepted.", static row => row.Traffic.Total),
        ("edge_backend_servers", StatRowKind.Backend, Gauge, "Servers of the backend.", static row => row.Servers.Count),
        ("edge_backend_servers_usable", StatRowKind.Backend, Gauge, "Servers that may get new connections, backup ones included.", static row => row.Usable(backup: false) + row.Usable(backup: true)),
        ("edge_backend_current_sessions", StatRowKind.Backend, Gauge, "Connections at the backend, waiting ones included.", static row => row.Traffic.Current),
        ("edge_backend_sessions_total", StatRowKind.Backend, Counter, "Connections that were routed to the backend.", static row => row.Traffic.Total),
        ("edge_backend_queue", StatRowKind.Backend, Gauge, "Connections that wait for a server.", static row => row.Pool!.Queue.Count),
        ("edge_backend_errors_total", StatRowKind.Backend, Counter, "Connections that ended without a server, for whatever reason.", static row => row.Traffic.EndedAs(ReasonGroups.ConnectionErrors)),
        ("edge_server_up", StatRowKind.Server, Gauge, "1 if checks say that the server is up.", static row => row.Status.Up ? 1 : 0),
        ("edge_server_usable", StatRowKind.Server, Gauge, "1 if the server may get new connections.", static row => row.Status.IsUsable ? 1 : 0),
        ("edge_server_weight", StatRowKind.Server, Gauge, "The server's share.", static row => row.Status.Weight),
        ("edge_server_current_sessions", StatRowKind.Server, Gauge, "Connections at the server.", static row => row.Traffic.Current),
        ("edge_server_sessions_total", StatRowKind.Server, Counter, "Connections that the server was chosen for.", static row => row.Traffic.Total),
        ("edge_server_connect_attempts_total", StatRowKind.Server, Counter, "Connects that were begun.", static row => row.PoolTraffic.Attempts),
        ("edge_server_retries_total", StatRowKind.Server, Counter, "Failed connects after which the server was dialled again.", static row => row.PoolTraffic.Retries),
        ("edge_server_redispatches_total", StatRowKind.Server, Counter, "Failed connects after which another server was dialled.", static row => row.PoolTraffic.Redispatches),
        ("edge_server_aborts_total", StatRowKind.Server, Counter, "Joined connections that the server cut.", static row => row.Traffic.EndedAs(ReasonGroups.ServerAborts)),
        ("edge_server_downtime_seconds_total", StatRowKind.Server, Counter, "Time that the server was down or out of service.", static row => row.PoolTraffic.State.Downtime(row.Now).TotalSeconds),
        ("edge_server_check_failures_total", StatRowKind.Server, Counter, "Failed checks, while up or down.", static row => row.Probe?.Record.Status.ChecksFailed ?? double.NaN),
        ("edge_server_check_duration_seconds", StatRowKind.Server, Gauge, "How long the last check took.", static row => row.Probe?.Record.Status.Last.Duration.TotalSeconds ?? double.NaN),
        ("edge_server_certificate_expiry_timestamp_seconds", StatRowKind.Server, Gauge, "When the server's certificate ends, in seconds since 1970; of backends that are checked by a handshake.", static row => row.Probe?.Record.Status.CertificateExpires?.ToUnixTimeSeconds() ?? double.NaN),
    ];

    private static readonly (string Prefix, StatRowKind Kind)[] Bytes =
        [("edge_listener", StatRowKind.Frontend), ("edge_backend", StatRowKind.Backend), ("edge_server", StatRowKind.Server)];

    public static async Task Write(Exposition output, EdgeNode node, IReadOnlyList<MetricRow> rows, CancellationToken cancel)
    {
        output.Family("edge_build_info", Gauge, "Which Edge this is.");
        output.Sample(
            Exposition.Labels(("version", EdgeVersion.Text), ("runtime", $".NET {Environment.Version}"), ("transport", node.State.Transport.Name)), 1);
        foreach (var (name, type, help, get) in Node)
        {
            var value = get(node);
            if (double.IsNaN(value))
                continue;
            output.Family(name, type, help);
            output.Sample(default, value);
        }
        output.Family("edge_floating_ip_state", Gauge, "1 for the state of the floating IP on this node, active if it is here; all 0 while not known.");
        foreach (var (labels, state) in FloatingIpStates)
            output.Sample(labels, node.State.FloatingIp.Current.State == state ? 1 : 0);
        ClusterMetrics.Write(output, node);
        output.Family("edge_actor_mailbox_messages", Gauge, "Messages that wait for an actor; the rate limits' are one a shard, these are those of their parent.");
        foreach (var (labels, actor) in Actors)
        {
            if (actor(node) is ActorRefWithCell { Underlying: var cell })
                output.Sample(labels, cell.NumberOfMessages);
        }
        output.Family("edge_gc_collections_total", Counter, "Garbage collections.");
        for (var i = 0; i < Generations.Length; i++)
            output.Sample(Generations[i], GC.CollectionCount(i));
        Write(output, "edge_admission_seconds", "From accept to the rate limiter's answer.", node.State.Meters.AdmissionTime);
        Write(output, "edge_peek_seconds", "From accept to the end of the hello.", node.State.Meters.PeekTime);
        Write(output, "edge_dial_seconds", "From the hello to the join with a server, without the time in a queue.", node.State.Meters.DialTime);
        output.Family("edge_connections_closed_total", Counter, "Connections that have ended, by why.");
        foreach (var row in rows)
        {
            for (var i = 0; i < Reasons.Length && row.Row.Kind == StatRowKind.Frontend; i++)
                output.Sample(row.Edge, row.Row.Traffic.EndedAs(Reasons[i]), ReasonLabels[i]);
        }
        foreach (var (prefix, kind) in Bytes)
        {
            output.Family($"{prefix}_bytes_total", Counter, "Bytes carried: in from clients, out to clients. PROXY headers are not among them.");
            foreach (var row in rows)
            {
                if (row.Row.Kind != kind)
                    continue;
                output.Sample(row.Edge, row.Row.Traffic.BytesUp, In);
                output.Sample(row.Edge, row.Row.Traffic.BytesDown, Out);
                await output.Flush(cancel);
            }
        }
        foreach (var (name, kind, type, help, get) in Rows)
        {
            output.Family(name, type, help);
            foreach (var row in rows)
            {
                if (row.Row.Kind == kind && get(row.Row) is var value && !double.IsNaN(value))
                    output.Sample(row.Edge, value);
                await output.Flush(cancel);
            }
        }
    }

    private static void Write(Exposition output, string name, string help, TimeHistogram times)
    {
        output.Family(name, FamilyType.Histogram, help);
        var count = 0L;
        for (var i = 0; i < Buckets.Length; i++)
        {
            count += times.In(i);
            output.Sample(default, count, Buckets[i], "_bucket"u8);
        }
        output.Sample(default, times.Sum.TotalSeconds, suffix: "_sum"u8);
        output.Sample(default, count, suffix: "_count"u8);
    }

    private static byte[] Le(string bound) => Exposition.Labels(("le", bound));
}
