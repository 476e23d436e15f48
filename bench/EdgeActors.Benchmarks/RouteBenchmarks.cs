using BenchmarkDotNet.Attributes;
using EdgeActors.Config;
using EdgeActors.Protocol;
using EdgeActors.Routing;
using EdgeActors.Settings;

namespace EdgeActors.Benchmarks;

/// <summary>A decision of the router's snapshot: name and protocols to backend, backend to the server whose turn it is.</summary>
public class RouteBenchmarks
{
    private const int Asked = 1024;

    private readonly string[] _own = new string[Asked];
    private readonly string[] _below = new string[Asked];
    private RouteSnapshot? _routes;
    private AlpnList _offered;
    private uint _next;

    /// <summary>In turns a name, and all names below a name.</summary>
    [Params(2, 1_000, 100_000)]
    public int Routes { get; set; }

    [GlobalSetup]
    public void Build()
    {
        var backend = Settings.Read("").Backends["web"];
        var names = Enumerable.Range(0, Routes).Select(i => new RouteSettings(i % 2 == 0 ? Name(i) : "*." + Name(i), backend.Name));
        var table = new RouteTable(
            1,
            names.Append(
                new RouteSettings("protocols.example.com", null, [new("acme-tls/1", backend.Name), new("http/1.1", backend.Name)])));
        _routes = new RouteSnapshot(table, [Settings.PoolOf(backend)]);
        _offered = OfferedBy("curl-h2");
        // Names as they come off the wire: equal to the table's, never the same object; in no order that a cache could follow.
        var random = new Random(1);
        for (var i = 0; i < Asked; i++)
        {
            _own[i] = Name(2 * random.Next(Routes / 2));
            _below[i] = "www." + Name(2 * random.Next(Routes / 2) + 1);
        }
    }

    [Benchmark]
    public RouteAnswer Own() => Found(_own[_next++ % Asked]);

    [Benchmark]
    public RouteAnswer Below() => Found(_below[_next++ % Asked]);

    [Benchmark]
    public RouteAnswer Protocol() => Found("protocols.example.com");

    [Benchmark]
    public RouteAnswer Miss() => _routes!.Find(new RouteQuery("www.unknown.customers.example.com", Tried: 0, _offered));

    private RouteTo Found(string name) =>
        _routes!.Find(new RouteQuery(name, Tried: 0, _offered)) is RouteTo to
            ? to
            : throw new InvalidOperationException($"{name} has no route.");

    private static string Name(int i) => $"shop-{i}.customers.example.com";

    private static AlpnList OfferedBy(string client)
    {
        if (ClientHelloReader.Read(Hellos.Load(client), ClientHelloReader.DefaultMaxHello, out var hello) != HelloStatus.Complete
            || hello!.Alpn.IsEmpty)
            throw new InvalidOperationException($"{client} offers nothing.");
        return hello.Alpn;
    }
}

/// <summary>The same decision with 20 listeners that have 10,000 routes together.</summary>
public class ListenerRouteBenchmarks
{
    private const int Listeners = 20, RoutesOfEach = 500, Asked = 1024;

    private readonly RouteQuery[] _queries = new RouteQuery[Asked];
    private RouteSnapshot? _routes;
    private uint _next;

    [GlobalSetup]
    public void Build()
    {
        var listeners = Enumerable.Range(0, Listeners)
            .Select(static i => $"l{i} {{ bind = \"127.0.0.1:{i + 1}\", routes {{ {RoutesOf(i)} }} }}");
        var settings = Settings.Read($"listeners {{ {string.Join('\n', listeners)} }}");
        var backend = settings.Backends["web"];
        _routes = new RouteSnapshot(RouteTable.Of(1, settings), [Settings.PoolOf(backend)]);
        var random = new Random(1);
        for (var i = 0; i < Asked; i++)
        {
            var listener = random.Next(Listeners);
            _queries[i] = new RouteQuery(Name(listener, random.Next(RoutesOfEach), "www."), Tried: 0, Listener: $"l{listener}");
        }
    }

    [Benchmark]
    public RouteAnswer OfListener() =>
        _routes!.Find(_queries[_next++ % Asked]) is RouteTo to ? to : throw new InvalidOperationException("A name has no route.");

    private static string RoutesOf(int listener) =>
        string.Join('\n', Enumerable.Range(0, RoutesOfEach).Select(i => $"\"{Name(listener, i, "*.")}\" = web"));

    /// <summary>Alternates between exact names and names below a suffix.</summary>
    private static string Name(int listener, int i, string below) => $"{(i % 2 == 0 ? "" : below)}shop-{i}.listener-{listener}.example.com";
}
