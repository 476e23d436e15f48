using System.Diagnostics.Metrics;
using EdgeActors.Node;
using EdgeActors.Telemetry.Traffic;

namespace EdgeActors.Telemetry.Stats;

/// <summary>The figures of listeners, backends and servers as instruments, for those who collect by OpenTelemetry. Unobserved they cost nothing.</summary>
internal static class TrafficInstruments
{
    private const StatRowKind Pools = StatRowKind.Backend | StatRowKind.Server;

    public static void AddTo(Meter meter, NodeState node)
    {
        void Counter(string name, string unit, string description, StatRowKind rows, Func<StatRow, long> get) =>
            meter.CreateObservableCounter(name, () => Read(node, rows, get), unit, description);

        Counter("edge.listener.connections", "{connection}", "accepted", StatRowKind.Frontend, static row => row.Traffic.Total);
        Counter("edge.backend.connections", "{connection}", "routed there", StatRowKind.Backend, static row => row.Traffic.Total);
        Counter("edge.server.connections", "{connection}", "given to it", StatRowKind.Server, static row => row.Traffic.Total);
        Counter("edge.backend.errors", "{connection}", "ended without a server", StatRowKind.Backend, static row => row.Traffic.EndedAs(ReasonGroups.ConnectionErrors));
        Counter("edge.pool.retries", "{connect}", "failed, and dialled again, there or elsewhere", Pools, static row => row.PoolTraffic.Retries + row.PoolTraffic.Redispatches);
        Counter("edge.traffic.in", "By", "from clients", StatRowKind.Frontend | Pools, static row => row.Traffic.BytesUp);
        Counter("edge.traffic.out", "By", "to clients", StatRowKind.Frontend | Pools, static row => row.Traffic.BytesDown);
        meter.CreateObservableGauge("edge.server.up", () => Read(node, StatRowKind.Server, static row => row.Status.Up ? 1 : 0), "{server}", "1 if checks say so");
    }

    private static List<Measurement<long>> Read(NodeState node, StatRowKind kinds, Func<StatRow, long> get)
    {
        var measurements = new List<Measurement<long>>();
        foreach (var row in StatRows.Read(node))
        {
            if ((row.Kind & kinds) != 0)
                measurements.Add(new Measurement<long>(get(row), Tags(row)));
        }
        return measurements;
    }

    private static KeyValuePair<string, object?>[] Tags(StatRow row) => row.Kind switch
    {
        StatRowKind.Frontend => [new("listener", row.Proxy)],
        StatRowKind.Backend => [new("backend", row.Proxy)],
        _ => [new("backend", row.Proxy), new("server", row.Name)],
    };
}
