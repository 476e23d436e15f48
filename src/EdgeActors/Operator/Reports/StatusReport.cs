using System.Reflection;
using Akka.Actor;
using EdgeActors.Answers;
using EdgeActors.Node;
using EdgeActors.Transport;

namespace EdgeActors.Operator.Reports;

/// <summary><c>status</c>.</summary>
internal static class StatusReport
{
    public static Answer Of(NodeState node, double cpu)
    {
        var byListener = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var record in node.Live.Records)
            byListener[record.Listener] = byListener.GetValueOrDefault(record.Listener) + 1;
        return new FactsAnswer(
            [
                new("state", CellType.State, node.IsDraining ? "draining" : "running"),
                new("version", CellType.Text, VersionOf(typeof(NodeState).Assembly)),
                new("akka", CellType.Text, Akka()),
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
                new("heap", CellType.Bytes, GC.GetTotalMemory(forceFullCollection: false)),
            ],
            Listeners(node, byListener),
            Ends(node));
    }

    private static TableAnswer Listeners(NodeState node, Dictionary<string, long> connections) => new(
        "listeners",
        [new("name", CellType.Text), new("address", CellType.Text), new("connections", CellType.Number), new("rate-limit", CellType.Text)],
        [.. node.Listeners.All.Select(entrance => (IReadOnlyList<object?>)
        [
            entrance.Settings.Name,
            entrance.State.Bound.IsCompletedSuccessfully ? string.Join(", ", entrance.State.EndPoints) : null,
            connections.GetValueOrDefault(entrance.Settings.Name),
            entrance.Settings.RateLimit is { Limit: { } limit, Per: var per } ? $"{limit} in {CellText.Duration(per)}" : null,
        ])]);

    /// <summary>How connections have ended; what has not happened yet is left out.</summary>
    private static TableAnswer Ends(NodeState node) => new(
        "ended",
        [new("reason", CellType.Text), new("connections", CellType.Number), new("side", CellType.Text), new("ts", CellType.Text)],
        [.. from reason in Enum.GetValues<CloseReason>()
            let count = node.Meters.ClosedTotal(reason)
            where count > 0
            orderby count descending, reason
            let facts = reason.Facts()
            select (IReadOnlyList<object?>)[facts.Label, count, facts.Side == CloseSide.None ? null : facts.Side.ToString().ToLowerInvariant(), facts.State]]);

    private static string Akka() => $"Akka.NET {VersionOf(typeof(ActorSystem).Assembly)}";

    private static string VersionOf(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "?";
}
