using Akka.Actor;
using Akka.Dispatch;
using EdgeActors.Transport.Epoll;

namespace EdgeActors.Transport;

/// <summary>Runs the actors of a connection on the reactor thread that sent the message, else on the thread pool. A thread switch would
/// cost more than the actors' work. These actors must not block; all others stay on the default dispatcher.</summary>
public static class PathDispatcher
{
    public const string Id = "edge-path-dispatcher";

    /// <summary>Messages per actor before the next actor runs.</summary>
    private const int Throughput = 64;

    /// <summary>Registers the dispatcher; once per system.</summary>
    public static void AddTo(ActorSystem system)
    {
        var dispatchers = system.Dispatchers;
        dispatchers.RegisterConfigurator(Id, new Configurator(dispatchers.DefaultDispatcherConfig, dispatchers.Prerequisites));
    }

    /// <summary>One shared dispatcher.</summary>
    private sealed class Configurator : MessageDispatcherConfigurator
    {
        private readonly Dispatcher _dispatcher;

        public Configurator(Akka.Configuration.Config config, IDispatcherPrerequisites prerequisites) : base(config, prerequisites) =>
            _dispatcher = new Dispatcher(this, Id, Throughput, null, new Executors(), TimeSpan.FromSeconds(1));

        public override MessageDispatcher Dispatcher() => _dispatcher;
    }

    private sealed class Executors : ExecutorServiceFactory
    {
        public override ExecutorService Produce(string id) => new ReactorExecutor(id);
    }

    private sealed class ReactorExecutor(string id) : ExecutorService(id)
    {
        public override void Execute(IRunnable run)
        {
            if (Reactor.Current is { } reactor)
                reactor.RunSoon(run);
            else
                ThreadPool.UnsafeQueueUserWorkItem(run, preferLocal: true);
        }

        public override void Shutdown()
        {
        }
    }
}
