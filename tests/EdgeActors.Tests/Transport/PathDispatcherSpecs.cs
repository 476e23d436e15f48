using Akka.Actor;
using EdgeActors.Transport;
using EdgeActors.Transport.Epoll;

namespace EdgeActors.Tests.Transport;

/// <summary>Actors of the path run on the reactor that has told them something.</summary>
public sealed class PathDispatcherSpecs : EdgeTestKit
{
    public PathDispatcherSpecs() => PathDispatcher.AddTo(Sys);

    private static Reactor NewReactor(int index = 0)
    {
        var reactor = new Reactor(index, null, TimeProvider.System, new PipePool(0, 0));
        reactor.Start();
        return reactor;
    }

    [LinuxFact]
    public void What_a_reactor_tells_runs_on_its_thread_and_so_does_what_follows_from_it()
    {
        using var reactor = NewReactor();
        var last = Sys.ActorOf(Props.Create(() => new WhereAmI(TestActor)).WithDispatcher(PathDispatcher.Id));
        var first = Sys.ActorOf(Props.Create(() => new WhereAmI(last)).WithDispatcher(PathDispatcher.Id));
        AwaitAssert(
            () =>
            {
                // The thread that started an actor may still be with it, and then goes on with what comes meanwhile.
                reactor.Post(new Telling(first), 0);
                Assert.Equal([reactor, reactor], ExpectMsg<List<Reactor?>>());
            },
            Eventually.Deadline);
        for (var i = 0; i < 100; i++)
        {
            reactor.Post(new Telling(first), 0);
            Assert.Equal([reactor, reactor], ExpectMsg<List<Reactor?>>(Eventually.Deadline));
        }
    }

    [LinuxFact]
    public void What_another_thread_tells_runs_on_the_pool()
    {
        using var reactor = NewReactor();
        var actor = Sys.ActorOf(Props.Create(() => new WhereAmI(TestActor)).WithDispatcher(PathDispatcher.Id));
        actor.Tell(new List<Reactor?>());
        Assert.Equal([null], ExpectMsg<List<Reactor?>>(Eventually.Deadline));
    }

    [LinuxFact]
    public void Two_reactors_tell_one_actor_at_the_same_time_and_nothing_is_lost()
    {
        using var one = NewReactor(0);
        using var other = NewReactor(1);
        var actor = Sys.ActorOf(Props.Create(() => new Counting(TestActor, 20_000)).WithDispatcher(PathDispatcher.Id));
        for (var i = 0; i < 10_000; i++)
        {
            one.Post(new Telling(actor), 0);
            other.Post(new Telling(actor), 0);
        }
        ExpectMsg("all", Eventually.Deadline);
    }

    [LinuxFact]
    public void Work_that_a_stopping_reactor_does_not_get_to_is_done_elsewhere()
    {
        var reactor = NewReactor();
        var actor = Sys.ActorOf(Props.Create(() => new Counting(TestActor, 1)).WithDispatcher(PathDispatcher.Id));
        reactor.Post(new Doing(() =>
        {
            // More work than a turn allows lies ahead of the actor's.
            for (var i = 0; i < 10_000; i++)
                reactor.RunSoon(new Nothing());
            actor.Tell("one", ActorRefs.NoSender);
        }), 0);
        reactor.Dispose();
        ExpectMsg("all", Eventually.Deadline);
    }

    [LinuxFact]
    public void Actors_that_keep_waking_each_other_leave_the_reactor_time_for_the_rest()
    {
        using var reactor = NewReactor();
        var one = Sys.ActorOf(Props.Create(() => new PingPong(reactor)).WithDispatcher(PathDispatcher.Id));
        var other = Sys.ActorOf(Props.Create(() => new PingPong(reactor)).WithDispatcher(PathDispatcher.Id));
        one.Tell("ball", other);
        using var timer = new ManualResetEventSlim();
        reactor.Post(new Doing(() => reactor.Wheel.Set(new Alarm(timer), 0)), 0);
        Assert.True(timer.Wait(Eventually.Deadline));
        Sys.Stop(one);
        Sys.Stop(other);
    }

    private sealed class WhereAmI(IActorRef next) : UntypedActor
    {
        protected override void OnReceive(object message) =>
            next.Tell(new List<Reactor?>((List<Reactor?>)message) { Reactor.Current });
    }

    private sealed class Counting(IActorRef done, int all) : UntypedActor
    {
        private int _count;

        protected override void OnReceive(object message)
        {
            if (++_count == all)
                done.Tell("all");
        }
    }

    /// <summary>Plays on the reactor's thread, wherever it is started.</summary>
    private sealed class PingPong(Reactor reactor) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            var (sender, self) = (Sender, Self);
            if (Reactor.Current is null)
                reactor.Post(new Doing(() => sender.Tell(message, self)), 0);
            else
                sender.Tell(message, self);
        }
    }

    private sealed class Alarm(ManualResetEventSlim rings) : WheelTimer
    {
        public override void OnTimer(long now) => rings.Set();
    }

    private sealed class Nothing : IThreadPoolWorkItem
    {
        public void Execute()
        {
        }
    }

    private class Doing(Action action) : IReactorWork
    {
        public void Run(int kind) => action();

        public void Failed(Exception e)
        {
        }
    }

    private sealed class Telling(IActorRef actor) : Doing(() => actor.Tell(new List<Reactor?>(), ActorRefs.NoSender));
}
