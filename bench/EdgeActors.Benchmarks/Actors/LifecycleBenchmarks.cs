using Akka.Actor;
using BenchmarkDotNet.Attributes;

namespace EdgeActors.Benchmarks.Actors;

/// <summary>An actor from its start by its parent, over one message, to its stop.</summary>
public class LifecycleBenchmarks
{
    private const int Actors = 1_000;

    private BenchmarkSystem? _system;
    private IActorRef _parent = ActorRefs.Nobody;

    [GlobalSetup(Target = nameof(Producer))]
    public void StartProducer() => Start(Producer);

    [GlobalSetup(Target = nameof(Expression_and_ReceiveActor))]
    public void StartExpression() => Start(Expression_and_ReceiveActor);

    [GlobalCleanup]
    public void Stop() => _system!.Dispose();

    /// <summary>As connections are made: a producer, a plain actor.</summary>
    [Benchmark(OperationsPerInvoke = Actors)]
    public Task Producer() => Run(new Order(static order => Props.CreateBy(new Producer<Plain>(() => new Plain(order)))));

    /// <summary>As actors are usually written, which is what connections avoid.</summary>
    [Benchmark(OperationsPerInvoke = Actors)]
    public Task Expression_and_ReceiveActor() => Run(new Order(static order => Props.Create(() => new Receiving(order))));

    private void Start(Func<Task> benchmark)
    {
        _system = new BenchmarkSystem();
        _parent = _system.System.ActorOf(Props.CreateBy(new Producer<Parent>(static () => new Parent())), "parent");
        BenchmarkSystem.WarmUp(benchmark);
    }

    private Task Run(Order order)
    {
        _parent.Tell(order, ActorRefs.NoSender);
        return order.Done;
    }

    private sealed class Order(Func<Order, Props> props)
    {
        private readonly TaskCompletionSource _done = new();
        private int _alive = Actors;

        public Task Done => _done.Task;

        public Props NextProps() => props(this);

        public void Stopped()
        {
            if (Interlocked.Decrement(ref _alive) == 0)
                _done.SetResult();
        }
    }

    private sealed class Parent : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            var order = (Order)message;
            for (var i = 0; i < Actors; i++)
                Context.ActorOf(order.NextProps()).Tell(order, Self);
        }
    }

    private sealed class Plain(Order order) : UntypedActor
    {
        protected override void OnReceive(object message) => Context.Stop(Self);

        protected override void PostStop() => order.Stopped();
    }

    private sealed class Receiving : ReceiveActor
    {
        private readonly Order _order;

        public Receiving(Order order)
        {
            _order = order;
            Receive<Order>(_ => Context.Stop(Self));
        }

        protected override void PostStop() => _order.Stopped();
    }
}
