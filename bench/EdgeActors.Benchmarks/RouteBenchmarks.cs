using BenchmarkDotNet.Attributes;
using EdgeActors.Config;
using EdgeActors.Route;

namespace EdgeActors.Benchmarks;

/// <summary>A decision of the router's snapshot: name to backend, backend to the server whose turn it is.</summary>
public class RouteBenchmarks
{
    private const int Asked = 1024;

    private readonly string[] _names = new string[Asked];
    private RouteSnapshot? _routes;
    private uint _next;

    [Params(1, 1_000, 100_000)]
    public int Routes { get; set; }

    [GlobalSetup]
    public void Build()
    {
        var backend = Settings.Read("").Backends["web"];
        var servers = backend.Servers.Select((server, i) => new BackendServer(i, server.Name, (System.Net.IPEndPoint)server.EndPoint));
        _routes = new RouteSnapshot(
            new RouteTable(1, Enumerable.Range(0, Routes).Select(i => KeyValuePair.Create(Name(i), backend.Name))),
            [(backend, new BackendPool(backend.Name, [.. servers], up: true))]);
        // Names as they come off the wire: equal to the table's, never the same object; in no order that a cache could follow.
        var random = new Random(1);
        for (var i = 0; i < Asked; i++)
            _names[i] = Name(random.Next(Routes));
    }

    [Benchmark]
    public RouteAnswer Hit() => _routes!.Find(_names[_next++ % Asked], tried: 0);

    [Benchmark]
    public RouteAnswer Miss() => _routes!.Find("unknown.customers.example.com", tried: 0);

    private static string Name(int i) => $"shop-{i}.customers.example.com";
}
