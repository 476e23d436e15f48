using Akka.Actor;
using Akka.Dispatch;
using EdgeActors.Transport.Epoll;

namespace EdgeActors.Transport;

/// <summary>
/// Where the actors on a connection's path run: on the reactor whose thread has told them something, as soon as it is done with what it
/// does, or else on the thread pool. So a connection meets its limiter, its router and its own actor without a change of threads, which
/// would cost more than all of their work. In return none of them may block. Actors that only direct stay on the default dispatcher.
/// </summary>
public static class PathDispatcher
{
    public const string Id = "edge-path-dispatcher";

    /// <summary>Messages that one actor handles before the next one has its turn.</summary>
    private const int Throughput = 64;

    /// <summary>Makes it known to a system; once is enough.</summary>
    public static void AddTo(ActorSystem system)
    {
        var dispatchers = system.Dispatchers;
        dispatchers.RegisterConfigurator(Id, new Configurator(dispatchers.DefaultDispatcherConfig, dispatchers.Prerequisites));
    }

    /// <summary>One dispatcher for all that ask.</summary>
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
