using Akka.Actor;
using BenchmarkDotNet.Attributes;
using EdgeActors.Routing;

namespace EdgeActors.Benchmarks.Actors;

/// <summary>A question to the router actor and its answer: two messages, and what it takes to hand them from thread to thread.</summary>
public class RoundTripBenchmarks
{
    private const int Trips = 10_000;

    private BenchmarkSystem? _system;
    private IActorRef _asker = ActorRefs.Nobody;

    /// <summary>Questions that are out at once: 1 shows latency, more shows cost.</summary>
    [Params(1, 64)]
    public int InFlight { get; set; }

    [GlobalSetup]
    public void Start()
    {
        _system = new BenchmarkSystem();
        var settings = Settings.Read("");
        var backends = ServerAddresses.Resolve(settings).GetAwaiter().GetResult();
        var routes = new RouteTable(1, settings.Routes);
        var router = _system.System.ActorOf(RouterActor.Props(new RouteState(new RouteSnapshot(routes, backends))), "router");
        _asker = _system.System.ActorOf(Props.CreateBy(new Producer<Asker>(() => new Asker(router))), "asker");
        BenchmarkSystem.WarmUp(Router);
    }

    [GlobalCleanup]
    public void Stop() => _system!.Dispose();

    [Benchmark(OperationsPerInvoke = Trips)]
    public Task Router()
    {
        var order = new Order(Trips, InFlight);
        _asker.Tell(order, ActorRefs.NoSender);
        return order.Done.Task;
    }

    private sealed class Order(int trips, int inFlight)
    {
        public int Trips => trips;

        public int InFlight => inFlight;

        public TaskCompletionSource Done { get; } = new();
    }

    private sealed class Asker(IActorRef router) : UntypedActor
    {
        private Order? _order;
        private int _toAsk;
        private int _toCome;

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case RouteTo when --_toCome == 0:
                    _order!.Done.SetResult();
                    break;
                case RouteTo:
                    Ask();
                    break;
                case Order order:
                    _order = order;
                    _toAsk = _toCome = order.Trips;
                    for (var i = 0; i < order.InFlight; i++)
                        Ask();
                    break;
                default:
                    _order?.Done.SetException(new InvalidOperationException($"the router said {message}"));
                    break;
            }
        }

        private void Ask()
        {
            if (_toAsk == 0)
                return;
            _toAsk--;
            router.Tell(new RouteQuery(Hellos.ServerName, 0), Self);
        }
    }
}
