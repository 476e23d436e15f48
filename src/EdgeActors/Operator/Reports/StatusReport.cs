using System.Reflection;
using Akka.Actor;
using EdgeActors.Answers;
using EdgeActors.Cluster;
using EdgeActors.Cluster.Membership;
using EdgeActors.Node;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Operator.Reports;

/// <summary><c>status</c>.</summary>
internal static class StatusReport
{
    public static Answer Of(NodeState node, double cpu)
    {
        var byListener = node.Live.Records.CountBy(static record => record.Listener)
            .ToDictionary(static one => one.Key, static one => (long)one.Value);
        return new FactsAnswer(
            [
                new("state", CellType.State, node.IsDraining ? "draining" : "running"),
                new("version", CellType.Text, VersionOf(typeof(NodeState).Assembly)),
                new("akka", CellType.Text, $"Akka.NET {VersionOf(typeof(ActorSystem).Assembly)}"),
                new("dotnet", CellType.Text, Environment.Version.ToString()),
                new("pid", CellType.Number, (long)Environment.ProcessId),
                new("started", CellType.Time, node.StartedAt),
                new("uptime", CellType.Duration, node.Time.GetUtcNow() - node.StartedAt),
                new("floating-ip", CellType.State, FloatingIp.Word(node.FloatingIp.Current.State)),
                new("generation", CellType.Number, node.Generations.Current),
                new("transport", CellType.Text, node.Transport.Name),
                new("connections", CellType.Number, (long)node.Live.Count),
                new("max-connections", CellType.Number, (long)node.Gate.Limit),
                new("max-open-files", CellType.Number, node.Budget.Limit),
                new("accepted", CellType.Number, node.Meters.AcceptedTotal),
                new("sockets", CellType.Number, (long)node.Transport.OpenLinks),
                new("silent-held", CellType.Number, (long)node.Transport.SilentHeld),
                new("accept-pauses", CellType.Number, node.Gate.Pauses),
                new("admission-timeouts", CellType.Number, node.Meters.AdmissionTimeoutsTotal),
                new("log-dropped", CellType.Number, node.Log.Dropped),
                new("cpu", CellType.Percent, cpu),
                new("cpus", CellType.Number, (long)Environment.ProcessorCount),
                new("memory", CellType.Bytes, Environment.WorkingSet),
                new("memory-limit", CellType.Bytes, node.Memory.Use?.Limit),
                new("memory-in-use", CellType.Percent, node.Memory.Use?.Percent),
                new("pinned", CellType.Bytes, node.Pinned.Bytes),
                new("pinned-limit", CellType.Bytes, node.Pinned.Limit),
                new("heap", CellType.Bytes, GC.GetTotalMemory(forceFullCollection: false)),
            ],
            Listeners(node, byListener),
            Ends(node));
    }

    private static TableAnswer Listeners(NodeState node, Dictionary<string, long> connections) => TableAnswer.Of(
        "listeners",
        node.Listeners.All,
        new("name", CellType.Text, static listener => listener.Settings.Name),
        new("address", CellType.Text, static listener =>
            listener.State.Bound.IsCompletedSuccessfully ? string.Join(", ", listener.State.EndPoints) : null),
        new("connections", CellType.Number, listener => connections.GetValueOrDefault(listener.Settings.Name)),
        new("rate-limit", CellType.Text, static listener =>
            listener.Settings.RateLimit is { Limit: { } limit, Per: var per } ? $"{limit} in {CellText.Duration(per)}" : null));

    /// <summary>How connections have ended; reasons that have not occurred are left out.</summary>
    private static TableAnswer Ends(NodeState node) => TableAnswer.Of(
        "ended",
        from reason in Enum.GetValues<CloseReason>()
        let count = node.Meters.ClosedTotal(reason)
        where count > 0
        orderby count descending, reason
        select (Facts: reason.Facts(), Count: count, Ago: node.Time.GetElapsedTime(node.Meters.LastClosed(reason))),
        new("reason", CellType.Text, static end => end.Facts.Label),
        new("connections", CellType.Number, static end => end.Count),
        new("side", CellType.Text, static end => end.Facts.Side == CloseSide.None ? null : end.Facts.Side.ToString().ToLowerInvariant()),
        new("ts", CellType.Text, static end => end.Facts.State),
        new("last-ago", CellType.Duration, static end => end.Ago));

    private static string VersionOf(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "?";
}

/// <summary><c>floating-ip</c>.</summary>
internal static class FloatingIpReport
{
    public static Answer Of(FloatingIp floatingIp, FloatingIpState? told)
    {
        if (told is { } state)
            floatingIp.Tell(state);
        var current = floatingIp.Current;
        return new FactsAnswer(
            [
                new("floating-ip", CellType.State, FloatingIp.Word(current.State)),
                new("since", CellType.Time, current.Since),
                new("changes", CellType.Number, current.Changes),
                new("source", CellType.Text, current.Source == FloatingIpSource.None ? null : current.Source.ToString().ToLowerInvariant()),
                new("told", CellType.State, FloatingIp.Word(current.Told)),
            ],
            current.Addresses.Count == 0 ? [] : [Addresses(current.Addresses)]);
    }

    private static TableAnswer Addresses(IReadOnlyList<AddressStatus> addresses) => TableAnswer.Of(
        "addresses",
        addresses,
        new("address", CellType.Text, static address => address.Address.ToString()),
        new("assigned", CellType.Flag, static address => address.IsAssigned));
}

/// <summary><c>reload</c> and <c>generations</c>.</summary>
internal static class GenerationReport
{
    public static Answer Of(NodeState node)
    {
        var generations = node.Generations.All;
        return TableAnswer.Of(
            "generations",
            generations,
            new("generation", CellType.Number, static one => one.Number),
            new("state", CellType.State, one => one == generations[^1] ? "current" : "old"),
            new("since", CellType.Time, static one => one.Since),
            new("connections", CellType.Number, static one => (long)one.Connections));
    }

    public static async Task<Answer> Reload(IReloader? reloader)
    {
        if (reloader is null)
            return new ErrorAnswer(ErrorKind.Failed, "not available: this node was started without a file that could be read again");
        // A reload that has begun is completed, even if its sender has stopped waiting.
        var outcome = await reloader.Reload(CancellationToken.None).ConfigureAwait(false);
        if (outcome.Errors.Count > 0)
            return new ErrorAnswer(
                ErrorKind.Failed, $"{string.Join('\n', outcome.Errors)}\n{outcome.Errors.Count} error(s), nothing was changed");
        return new FactsAnswer(
            [new Fact("generation", CellType.Number, outcome.Generation)],
            TableAnswer.Of("changes", outcome.Changes, new Column<string>("change", CellType.Text, static change => change)),
            TableAnswer.Of(
                "keys",
                outcome.Keys,
                new("key", CellType.Text, static change => change.Key),
                new("old", CellType.Text, static change => change.Old),
                new("new", CellType.Text, static change => change.New),
                new("applies", CellType.State, static change => Applies(change.Effect))));
    }

    private static string Applies(KeyEffect effect) => effect switch
    {
        KeyEffect.Now => "now",
        KeyEffect.NewConnections => "to new connections",
        _ => "after a restart",
    };
}

/// <summary><c>cluster</c>.</summary>
internal static class ClusterReport
{
    public static async Task<Answer> Of(ClusterGateway gateway, ClusterSupervisor? cluster, ClusterRequest request)
    {
        if (cluster is null && request.Order != ClusterOrder.Show)
            return new ErrorAnswer(ErrorKind.Failed, "this node is in no cluster: cluster.enabled is off");
        if (request.Order == ClusterOrder.Leave)
            await cluster!.Leave().ConfigureAwait(false);
        else if (request.Order == ClusterOrder.Join)
            cluster!.Join();
        else if (request.Order == ClusterOrder.Restart)
            cluster!.Restart(request.Now);
        var picture = gateway.Picture;
        return new FactsAnswer(
            [
                new("state", CellType.State, picture.State.ToString().ToLowerInvariant()),
                new("incarnation", CellType.Number, (long)picture.Incarnation),
                new("last-end", CellType.Text, picture.LastEnd),
                new("shards-here", CellType.Number, (long)picture.ShardsHere),
                new("decided-locally", CellType.Number, gateway.DecidedLocally),
                new("decided-remotely", CellType.Number, gateway.DecidedRemotely),
                new("decided-alone", CellType.Number, gateway.DecidedAlone),
            ],
            TableAnswer.Of(
                "members",
                picture.Members,
                new("address", CellType.Text, static member => member.Address),
                new("name", CellType.Text, static member => member.Name),
                new("status", CellType.State, static member => member.Status.ToLowerInvariant()),
                new("reachable", CellType.Flag, static member => member.IsReachable),
                new("self", CellType.Flag, static member => member.IsSelf)));
    }
}

/// <summary><c>actors</c>: the tree below /user. All connections share one row.</summary>
internal static class ActorReport
{
    /// <summary>Children of one parent that have a row of their own, and rows in all.</summary>
    private const int MaxChildren = 128, MaxRows = 1000;

    public static Answer Of(ActorSystem system, NodeState node, FailureCounts failures)
    {
        var rows = new List<IReadOnlyList<object?>>();
        Walk(((ExtendedActorSystem)system).Guardian, node, failures, rows);
        return new TableAnswer(
            "actors",
            [
                new("actor", CellType.Text),
                new("kind", CellType.Text),
                new("count", CellType.Number) { IsExtra = true },
                new("mailbox", CellType.Number),
                new("failures", CellType.Number),
            ],
            rows);
    }

    private static void Walk(IActorRef actor, NodeState node, FailureCounts failures, List<IReadOnlyList<object?>> rows)
    {
        if (actor is not ActorRefWithCell { Underlying: var cell } local || rows.Count >= MaxRows)
            return;
        var path = actor.Path.ToStringWithoutAddress();
        rows.Add([path, KindOf(cell), 1L, (long)cell.NumberOfMessages, (long)failures.Of(actor.Path)]);
        if (actor.Equals(node.Actors.Connections))
        {
            rows.Add(Connections(node, path, failures.OfNameless(actor.Path)));
            return;
        }
        var more = 0L;
        foreach (var child in local.Children)
        {
            if (++more <= MaxChildren)
                Walk(child, node, failures, rows);
        }
        if (more > MaxChildren)
            rows.Add([$"{path}/...", null, more - MaxChildren, null, null]);
    }

    /// <summary>By way of their records: a list of 50,000 children would have to be made under their parent's lock.</summary>
    private static IReadOnlyList<object?> Connections(NodeState node, string parent, int failures)
    {
        var (count, waiting) = (0L, 0L);
        foreach (var record in node.Live.Records)
        {
            count++;
            waiting += record.Connection is ActorRefWithCell { Underlying: var cell } ? cell.NumberOfMessages : 0;
        }
        return [$"{parent}/*", nameof(Connection.ConnectionActor), count, waiting, (long)failures];
    }

    private static string KindOf(ICell cell) => cell.Props.Type is { } type ? type.Name : "?";
}
