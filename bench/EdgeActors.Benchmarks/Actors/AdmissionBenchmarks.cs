using System.Net;
using Akka.Actor;
using Akka.Streams;
using BenchmarkDotNet.Attributes;
using EdgeActors.Admission;
using EdgeActors.Connection;
using EdgeActors.Node;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Benchmarks.Actors;

/// <summary>
/// A whole connection through the actors that Edge has, from accept to the stop of its actor: connection actor, peek flow, sharded rate
/// limiter, router, PROXY header, log lines. Only the transport is not real, see <see cref="InstantLink"/>. Its time and bytes are thus
/// what actors add to a connection; two small objects of the benchmark are in them.
/// </summary>
public class AdmissionBenchmarks
{
    private const int Connections = 1_000;

    /// <summary>On their way at once; more would meet the bound of the flow's inlet.</summary>
    private const int InFlight = 64;

    private readonly IPEndPoint _local = new(IPAddress.Parse("192.0.2.100"), 443);
    private readonly IPEndPoint[] _clients = new IPEndPoint[4096];
    private readonly byte[] _hello = Hellos.Load("openssl30");
    private readonly LiveConnections _live = new();
    private readonly EdgeMeters _meters = new();
    private readonly Action _stopped;
    private BenchmarkSystem? _system;
    private EdgeLog? _log;
    private ConnectionContext? _context;
    private IActorRef _connections = ActorRefs.Nobody;
    private TaskCompletionSource? _done;
    private int _toStart;
    private int _toStop;

    public AdmissionBenchmarks()
    {
        _stopped = OnStopped;
        for (var i = 0; i < _clients.Length; i++)
            _clients[i] = new IPEndPoint(new IPAddress([198, 18, (byte)(i >> 8), (byte)i]), 40000);
    }

    /// <summary>Whether each connection writes its three log lines (to nowhere).</summary>
    [Params(true, false)]
    public bool Logged { get; set; }

    [GlobalSetup]
    public void Start()
    {
        // Never refused, but counted; and a busy machine must not turn into a limiter that is given up on.
        var settings = Settings.Read($$"""
            listener-defaults.rate-limit.limit = 1000000
            admission-timeout = 10s
            log { connections = {{(Logged ? "on" : "off")}}, level = warning }
            """);
        _system = new BenchmarkSystem();
        _log = new EdgeLog(settings.Log, Stream.Null, TimeProvider.System);
        var backends = ServerAddresses.Resolve(settings).GetAwaiter().GetResult();
        var routes = new RouteTable(1, settings.Routes);
        var state = new RouteState(new RouteSnapshot(routes, backends));
        var listener = settings.Listeners[0];
        var (peeks, _) = PeekFlow.Run(
            _system.System.Materializer(), listener.HelloTimeout, listener.MaxHelloSize, settings.Limits.MaxPeeks, TimeProvider.System);
        var started = new TaskCompletionSource();
        _system.System.ActorOf(
            NodeActor.Props(node =>
            {
                var router = node.ActorOf(RouterActor.Props(state), "router");
                var limiter = node.ActorOf(Limiter(listener), "rate-limits");
                var services = new ConnectionServices(
                    router, limiter, new PendingDecisions(
                        settings.AdmissionTimeout, TimeProvider.System), _live, _log, _meters, TimeProvider.System);
                _context = new ConnectionContext(services, 0, listener, peeks, new ListenerAdmission(listener, TimeProvider.System));
                _connections = node.ActorOf(ConnectionsActor.Props(services), "connections");
                started.SetResult();
            }),
            "edge");
        started.Task.Wait();
        BenchmarkSystem.WarmUp(Connection);
    }

    [GlobalCleanup]
    public void Stop()
    {
        _system!.Dispose();
        _log!.DisposeAsync().AsTask().Wait();
    }

    [Benchmark(OperationsPerInvoke = Connections)]
    public async Task Connection()
    {
        var finished = _meters.ClosedTotal(CloseReason.Finished);
        _toStart = _toStop = Connections;
        _done = new TaskCompletionSource();
        for (var i = 0; i < InFlight; i++)
            StartNext();
        await _done.Task.ConfigureAwait(false);
        if (_meters.ClosedTotal(CloseReason.Finished) - finished != Connections || _live.Count != 0)
            throw new InvalidOperationException("A connection has not gone the whole way.");
    }

    private static Props Limiter(ListenerSettings listener)
    {
        var tables = new ShardTables(new RateLimits([listener.RateLimit]), TimeProvider.System);
        return LocalShardsActor.Props(
            new RateLimitExtractor(), id => RateLimitActor.Props(int.Parse(id, System.Globalization.CultureInfo.InvariantCulture), tables));
    }

    private void OnStopped()
    {
        if (Interlocked.Decrement(ref _toStop) == 0)
            _done!.SetResult();
        else
            StartNext();
    }

    private void StartNext()
    {
        var number = Interlocked.Decrement(ref _toStart);
        if (number < 0)
            return;
        var link = new InstantLink(
            _clients[number % _clients.Length], _local, TimeProvider.System.GetTimestamp(), _hello, _stopped);
        (_context!.Services.Idle.Take() ?? _connections).Tell(new Accepted(link, _context), ActorRefs.NoSender);
    }
}
