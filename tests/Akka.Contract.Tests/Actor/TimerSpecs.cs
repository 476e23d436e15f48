using Akka.Actor;

namespace Akka.Contract.Tests;

public class TimerSpecs : ContractSpec
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(50);

    [Fact]
    public void A_single_timer_fires_once()
    {
        var actor = Run((timers, _, m) =>
        {
            if (m is "start")
                timers.StartSingleTimer("key", "tick", Soon);
            else
                TestActor.Tell((m, timers.IsTimerActive("key")));
        });
        actor.Tell("start");
        ExpectMsg(((object)"tick", false));
        ExpectNoMsg(Silence);
    }

    [Fact]
    public void A_periodic_timer_fires_until_it_is_cancelled()
    {
        var ticks = 0;
        var actor = Run((timers, _, m) =>
        {
            switch (m)
            {
                case "start":
                    timers.StartPeriodicTimer("key", "tick", Soon);
                    break;
                case "tick" when ++ticks == 3:
                    timers.Cancel("key");
                    TestActor.Tell(timers.IsTimerActive("key"));
                    break;
            }
        });
        actor.Tell("start");
        ExpectMsg(false);
        ExpectNoMsg(Silence);
        Assert.Equal(3, ticks);
    }

    [Fact]
    public void The_first_tick_of_a_periodic_timer_can_come_sooner()
    {
        var actor = Run((timers, _, m) =>
        {
            if (m is "start")
                timers.StartPeriodicTimer("key", "tick", TimeSpan.Zero, TimeSpan.FromMinutes(10));
            else
                TestActor.Tell(m);
        });
        actor.Tell("start");
        ExpectMsg("tick");
    }

    [Fact]
    public void A_new_timer_takes_the_place_of_the_old_one_of_its_key()
    {
        var actor = Run((timers, _, m) =>
        {
            if (m is "start")
            {
                timers.StartSingleTimer("key", "old", Soon);
                timers.StartSingleTimer("key", "new", Soon);
            }
            else
            {
                TestActor.Tell(m);
            }
        });
        actor.Tell("start");
        ExpectMsg("new");
        ExpectNoMsg(Silence);
    }

    [Fact]
    public void A_tick_that_waits_in_the_mailbox_is_not_received_once_its_timer_is_cancelled()
    {
        var actor = Run((timers, _, m) =>
        {
            switch (m)
            {
                case "start":
                    timers.StartSingleTimer("key", "tick", TimeSpan.FromMilliseconds(20));

                    // Long enough for the tick to be in the mailbox.
                    SpinWait.SpinUntil(() => false, 200);
                    timers.Cancel("key");
                    break;
                default:
                    TestActor.Tell(m);
                    break;
            }
        });
        actor.Tell("start");
        actor.Tell("last");
        ExpectMsg("last");
        ExpectNoMsg(Silence);
    }

    [Fact]
    public void A_tick_that_waits_in_the_mailbox_is_not_received_after_a_restart()
    {
        var actor = Run((timers, _, m) =>
        {
            switch (m)
            {
                case "start":
                    timers.StartSingleTimer("key", "tick", TimeSpan.FromMilliseconds(20));
                    SpinWait.SpinUntil(() => false, 200);
                    throw Bang();
                default:
                    TestActor.Tell((m, timers.IsTimerActive("key")));
                    break;
            }
        });
        actor.Tell("start");
        actor.Tell("last");
        ExpectMsg(((object)"last", false));
        ExpectNoMsg(Silence);
    }

    [Fact]
    public void Timers_stop_with_their_actor()
    {
        var letters = CreateTestProbe();
        Sys.EventStream.Subscribe(letters.Ref, typeof(Akka.Event.DeadLetter));
        var actor = Run((timers, context, m) =>
        {
            timers.StartPeriodicTimer("key", "tick", TimeSpan.FromMilliseconds(20));
            context.Stop(context.Self);
        });
        Watch(actor);
        actor.Tell("start");
        ExpectTerminated(actor);
        letters.ExpectNoMsg(Silence);
    }

    [Fact]
    public void Active_timers_are_known_by_their_keys()
    {
        var actor = Run((timers, _, m) =>
        {
            timers.StartSingleTimer("a", "x", TimeSpan.FromMinutes(1));
            timers.StartPeriodicTimer("b", "x", TimeSpan.FromMinutes(1));
            TestActor.Tell(timers.ActiveTimers.Cast<string>().Order().ToArray());
            timers.CancelAll();
            TestActor.Tell(timers.ActiveTimers.Count);
        });
        actor.Tell("start");
        Assert.Equal(["a", "b"], ExpectMsg<string[]>());
        ExpectMsg(0);
    }

    [Fact]
    public void A_timer_can_be_set_in_the_constructor()
    {
        Sys.ActorOf(Props.Create(() => new SetsOneAtOnce(TestActor)));
        ExpectMsg("tick");
    }

    [Fact]
    public void Poison_from_a_timer_stops()
    {
        var actor = Run((timers, _, _) => timers.StartSingleTimer("end", PoisonPill.Instance, Soon));
        Watch(actor);
        actor.Tell("start");
        ExpectTerminated(actor);
    }

    private IActorRef Run(Action<ITimerScheduler, IActorContext, object> onReceive) => Sys.ActorOf(Props.Create(() => new Timed(onReceive)));

    private sealed class Timed(Action<ITimerScheduler, IActorContext, object> onReceive) : UntypedActor, IWithTimers
    {
        public ITimerScheduler Timers { get; set; } = null!;

        protected override void OnReceive(object message) => onReceive(Timers, Context, message);
    }

    private sealed class SetsOneAtOnce : UntypedActor, IWithTimers
    {
        private readonly IActorRef _probe;

        public SetsOneAtOnce(IActorRef probe)
        {
            _probe = probe;
            Timers.StartSingleTimer("key", "tick", Soon);
        }

        public ITimerScheduler Timers { get; set; } = null!;

        protected override void OnReceive(object message) => _probe.Tell(message);
    }
}
