using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;

namespace Akka.Contract.Tests;

public class DispatcherSpecs() : ContractSpec("""
    slow { type = Dispatcher, throughput = 1 }
    own-thread { type = PinnedDispatcher }
    odd { type = NoSuchDispatcher }
    """)
{
    [Fact]
    public void An_actor_runs_on_the_dispatcher_of_its_props()
    {
        var actor = Sys.ActorOf(Scripted.Props((c, _) => c.Sender.Tell((c.Dispatcher.Id, c.Dispatcher.Throughput))).WithDispatcher("slow"));
        actor.Tell("where");
        ExpectMsg(("slow", 1));
    }

    [Fact]
    public void A_pinned_actor_stays_on_a_thread_of_its_own()
    {
        var threads = new List<int>();
        var pool = new List<bool>();
        var actor = Sys.ActorOf(Scripted.Props((c, m) =>
        {
            threads.Add(Environment.CurrentManagedThreadId);
            pool.Add(Thread.CurrentThread.IsThreadPoolThread);
            c.Sender.Tell(m);
        }).WithDispatcher("own-thread"));
        for (var i = 0; i < 20; i++)
        {
            actor.Tell(i);
            ExpectMsg(i);
        }

        Assert.Single(threads.Distinct());
        Assert.DoesNotContain(true, pool);
    }

    [Fact]
    public void A_pinned_actor_that_blocks_holds_nobody_else_back()
    {
        using var gate = new ManualResetEventSlim();
        var props = Scripted.Props((c, m) =>
        {
            if (m is "block")
                gate.Wait(Patience);
            c.Sender.Tell(m);
        }).WithDispatcher("own-thread");
        Sys.ActorOf(props).Tell("block");
        Sys.ActorOf(props).Tell("free");
        ExpectMsg("free");
        gate.Set();
        ExpectMsg("block");
    }

    [Fact]
    public void A_dispatcher_that_is_not_configured_is_a_configuration_error() =>
        Assert.Throws<ConfigurationException>(() => Sys.ActorOf(Scripted.Props((_, _) => { }).WithDispatcher("nowhere")));

    [Fact]
    public void A_dispatcher_of_unknown_type_is_a_configuration_error() =>
        Assert.Throws<ConfigurationException>(() => Sys.Dispatchers.Lookup("odd"));

    [Fact]
    public void A_mailbox_that_is_not_configured_is_a_configuration_error() =>
        Assert.Throws<ConfigurationException>(() => Sys.ActorOf(Scripted.Props((_, _) => { }).WithMailbox("nowhere")));

    [Fact]
    public void Code_can_be_scheduled_on_a_dispatcher()
    {
        Sys.Dispatchers.Lookup("slow").Schedule(() => TestActor.Tell("ran", ActorRefs.NoSender));
        ExpectMsg("ran");
    }

    [Fact]
    public void A_dispatcher_of_ones_own_runs_its_actors_on_its_own_executor()
    {
        var own = new OwnThread(Sys);
        Assert.True(Sys.Dispatchers.RegisterConfigurator("own", own));
        Assert.False(Sys.Dispatchers.RegisterConfigurator("own", new OwnThread(Sys)));
        Assert.True(Sys.Dispatchers.HasDispatcher("own"));
        var actor = Sys.ActorOf(Scripted.Props((c, _) => c.Sender.Tell((c.Dispatcher.Id, Thread.CurrentThread.Name))).WithDispatcher("own"));
        for (var i = 0; i < 100; i++)
            actor.Tell(i);
        for (var i = 0; i < 100; i++)
            ExpectMsg(("own", OwnThread.ThreadName));
        own.End();
    }

    [Fact]
    public void An_actor_can_have_its_children_on_its_own_dispatcher()
    {
        var parent = Sys.ActorOf(Scripted.Props((c, _) => c.ActorOf(
            Scripted.Props((child, _) => child.Sender.Tell(child.Dispatcher.Id)).WithDeploy(Deploy.None.WithDispatcher(c.Dispatcher.Id))).Forward("where"))
            .WithDispatcher("slow"));
        parent.Tell("go");
        ExpectMsg("slow");
    }

    private sealed class OwnThread : MessageDispatcherConfigurator
    {
        public const string ThreadName = "a thread of the test";

        private readonly System.Collections.Concurrent.BlockingCollection<IRunnable> _work = [];
        private readonly Dispatcher _dispatcher;

        public OwnThread(ActorSystem system) : base(system.Dispatchers.DefaultDispatcherConfig, system.Dispatchers.Prerequisites)
        {
            _dispatcher = new Dispatcher(this, "own", 10, null, new Factory(this), TimeSpan.FromSeconds(1));
            new Thread(Work) { Name = ThreadName, IsBackground = true }.Start();
        }

        public override MessageDispatcher Dispatcher() => _dispatcher;

        public void End() => _work.CompleteAdding();

        private void Work()
        {
            foreach (var run in _work.GetConsumingEnumerable())
                run.Run();
        }

        private sealed class Factory(OwnThread own) : ExecutorServiceFactory
        {
            public override ExecutorService Produce(string id) => new Executor(id, own);
        }

        private sealed class Executor(string id, OwnThread own) : ExecutorService(id)
        {
            public override void Execute(IRunnable run)
            {
                if (!own._work.IsAddingCompleted)
                    own._work.Add(run);
            }

            public override void Shutdown()
            {
            }
        }
    }
}
