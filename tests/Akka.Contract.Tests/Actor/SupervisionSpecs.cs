using Akka.Actor;

namespace Akka.Contract.Tests;

public class SupervisionSpecs : ContractSpec
{
    [Fact]
    public void Resume_keeps_the_state_and_goes_on_with_the_next_message()
    {
        var (_, child) = Supervise(new OneForOneStrategy(_ => Directive.Resume));
        child.Tell("count");
        ExpectMsg(1);
        child.Tell(Bang());
        child.Tell("count");
        ExpectMsg(2);
        ExpectNoMsg(Silence);
    }

    [Fact]
    public void Restart_makes_a_new_instance_and_keeps_reference_and_mailbox()
    {
        var (_, child) = Supervise(new OneForOneStrategy(_ => Directive.Restart));
        child.Tell("count");
        var failure = Bang();
        child.Tell(failure);
        child.Tell("count");
        child.Tell("count");

        ExpectMsg(1);
        ExpectMsg(new Subject.Hook("PreRestart", failure));
        ExpectMsg(new Subject.Hook("PostStop"));
        ExpectMsg(new Subject.Hook("PostRestart", "bang"));
        ExpectMsg(new Subject.Hook("PreStart"));
        ExpectMsg(1);
        ExpectMsg(2);
    }

    [Fact]
    public void Stop_ends_the_child_and_leaves_its_siblings_alone()
    {
        var (boss, child) = Supervise(new OneForOneStrategy(_ => Directive.Stop));
        var sibling = Make(boss);
        Watch(child);
        child.Tell(Bang());
        ExpectMsg(new Subject.Hook("PostStop"));
        ExpectTerminated(child);
        sibling.Tell("still here");
        ExpectMsg("still here");
    }

    [Fact]
    public void Escalate_makes_the_failure_the_parents_own()
    {
        // grandparent (restarts) > boss (escalates) > child
        var (grandparent, _) = Supervise(new OneForOneStrategy(_ => Directive.Restart));
        var life = CreateTestProbe();
        grandparent.Tell(new Subject.Make(Boss.Props(life.Ref, new OneForOneStrategy(_ => Directive.Escalate))));
        var boss = ExpectMsg<Subject.Born>().Who;
        life.ExpectMsg(new Subject.Hook("PreStart"));
        var child = Make(boss);
        Watch(child);

        child.Tell(Bang("deep"));

        Assert.Equal("PreRestart", life.ExpectMsg<Subject.Hook>().Name);
        ExpectMsg(new Subject.Hook("PostStop"));
        ExpectTerminated(child);
        life.ExpectMsg(new Subject.Hook("PostStop"));
        life.ExpectMsg(new Subject.Hook("PostRestart", "deep"));
        life.ExpectMsg(new Subject.Hook("PreStart"));
        boss.Tell("alive");
        ExpectMsg("alive");
    }

    [Fact]
    public void All_for_one_restarts_the_siblings_too()
    {
        var (boss, child) = Supervise(new AllForOneStrategy(_ => Directive.Restart));
        var life = CreateTestProbe();
        boss.Tell(new Subject.Make(Subject.Props(life.Ref)));
        var sibling = ExpectMsg<Subject.Born>().Who;
        life.ExpectMsg(new Subject.Hook("PreStart"));
        sibling.Tell("count");
        ExpectMsg(1);

        child.Tell(Bang());
        life.ExpectMsg<Subject.Hook>(h => h.Name == "PreRestart");
        life.ExpectMsg(new Subject.Hook("PostStop"));
        life.ExpectMsg(new Subject.Hook("PostRestart", "bang"));
        sibling.Tell("count");
        Assert.Equal(1, FishForMessage(m => m is int));
    }

    [Fact]
    public void All_for_one_stops_the_siblings_too()
    {
        var (boss, child) = Supervise(new AllForOneStrategy(_ => Directive.Stop));
        var sibling = Make(boss);
        var watcher = CreateTestProbe();
        watcher.Watch(child);
        watcher.Watch(sibling);
        child.Tell(Bang());
        var gone = new[] { watcher.ExpectMsg<Terminated>().ActorRef, watcher.ExpectMsg<Terminated>().ActorRef };
        Assert.Equal(new HashSet<IActorRef> { child, sibling }, [.. gone]);
    }

    [Fact]
    public void After_the_allowed_number_of_restarts_a_child_is_stopped()
    {
        var (_, child) = Supervise(new OneForOneStrategy(2, -1, _ => Directive.Restart));
        var watcher = CreateTestProbe();
        watcher.Watch(child);
        for (var i = 0; i < 2; i++)
        {
            child.Tell(Bang());
            child.Tell("alive");
            Assert.Equal("alive", FishForMessage(m => m is "alive"));
        }

        child.Tell(Bang());
        watcher.ExpectTerminated(child);
    }

    [Fact]
    public void Restarts_are_counted_in_a_window_of_time()
    {
        var (_, child) = Supervise(new OneForOneStrategy(1, TimeSpan.FromMilliseconds(100), _ => Directive.Restart));
        var watcher = CreateTestProbe();
        watcher.Watch(child);
        for (var i = 0; i < 3; i++)
        {
            child.Tell(Bang());
            child.Tell("alive");
            Assert.Equal("alive", FishForMessage(m => m is "alive"));
            watcher.ExpectNoMsg(TimeSpan.FromMilliseconds(250));
        }

        child.Tell(Bang());
        child.Tell(Bang());
        watcher.ExpectTerminated(child);
    }

    [Fact]
    public void By_default_a_failure_restarts()
    {
        var actor = Sys.ActorOf(Subject.Props(TestActor));
        actor.Tell(Bang());
        actor.Tell("alive");
        Assert.Equal("alive", FishForMessage(m => m is "alive"));
    }

    [Fact]
    public void By_default_a_failing_constructor_and_a_kill_stop()
    {
        var unborn = Sys.ActorOf(Props.Create(() => new FailsToStart()));
        Watch(unborn);
        ExpectTerminated(unborn);

        var killed = Start((_, _) => { });
        Watch(killed);
        killed.Tell(Kill.Instance);
        ExpectTerminated(killed);
    }

    [Fact]
    public void Kill_is_a_failure_that_the_supervisor_sees()
    {
        var seen = CreateTestProbe();
        var (_, child) = Supervise(new OneForOneStrategy(e =>
        {
            seen.Ref.Tell(e);
            return Directive.Resume;
        }));
        child.Tell(Kill.Instance);
        seen.ExpectMsg<ActorKilledException>();
        child.Tell("alive");
        ExpectMsg("alive");
    }

    [Fact]
    public void A_failing_constructor_can_be_tried_again()
    {
        var attempts = 0;
        Func<int> attempt = () => ++attempts;
        var (boss, _) = Supervise(new OneForOneStrategy(_ => Directive.Restart));
        boss.Tell(new Subject.Make(Props.Create(() => new FailsTwice(attempt))));
        var child = ExpectMsg<Subject.Born>().Who;
        child.Tell("alive");
        ExpectMsg("alive");
        Assert.Equal(3, attempts);
    }

    [Fact]
    public void A_failing_PreStart_is_a_failure_to_start()
    {
        var seen = CreateTestProbe();
        var (boss, _) = Supervise(new OneForOneStrategy(e =>
        {
            seen.Ref.Tell(e);
            return Directive.Stop;
        }));
        boss.Tell(new Subject.Make(Props.Create(() => new FailsInPreStart())));
        var child = ExpectMsg<Subject.Born>().Who;
        Watch(child);
        var e = seen.ExpectMsg<ActorInitializationException>();
        Assert.Equal(child, e.Actor);
        ExpectTerminated(child);
    }

    [Fact]
    public void A_restart_stops_the_children_first()
    {
        var (boss, _) = Supervise(new OneForOneStrategy(_ => Directive.Restart));
        var parent = Make(boss);
        var life = CreateTestProbe();
        parent.Tell(new Subject.Make(Subject.Props(life.Ref), "grandchild"));
        var grandchild = ExpectMsg<Subject.Born>().Who;
        life.ExpectMsg(new Subject.Hook("PreStart"));
        life.Watch(grandchild);

        parent.Tell(Bang());
        parent.Tell(new Subject.Make(Subject.Props(life.Ref), "grandchild"));

        life.ExpectMsg(new Subject.Hook("PostStop"));
        life.FishForMessage(m => m is Terminated);
        Assert.NotEqual(grandchild, ((Subject.Born)FishForMessage(m => m is Subject.Born)).Who);
    }

    [Fact]
    public void PreRestart_overridden_to_nothing_keeps_the_children()
    {
        var (boss, _) = Supervise(new OneForOneStrategy(_ => Directive.Restart));
        boss.Tell(new Subject.Make(KeepsChildren.Props(CreateTestProbe().Ref)));
        var parent = ExpectMsg<Subject.Born>().Who;
        var life = CreateTestProbe();
        parent.Tell(new Subject.Make(Subject.Props(life.Ref), "grandchild"));
        var grandchild = ExpectMsg<Subject.Born>().Who;
        life.ExpectMsg(new Subject.Hook("PreStart"));
        var watcher = CreateTestProbe();
        watcher.Watch(grandchild);

        parent.Tell(Bang());

        // It lives on under the same reference; the restart goes down to it.
        Assert.Equal("PreRestart", life.ExpectMsg<Subject.Hook>().Name);
        grandchild.Tell("alive");
        ExpectMsg("alive");
        watcher.ExpectNoMsg(Silence);
    }

    [Fact]
    public void A_parent_that_failed_decides_about_its_children_only_after_its_own_restart()
    {
        var (boss, _) = Supervise(new OneForOneStrategy(_ => Directive.Restart));
        boss.Tell(new Subject.Make(KeepsChildren.Props(CreateTestProbe().Ref)));
        var parent = ExpectMsg<Subject.Born>().Who;
        parent.Tell(new Subject.Make(Subject.Props(CreateTestProbe().Ref)));
        var grandchild = ExpectMsg<Subject.Born>().Who;

        for (var i = 0; i < 50; i++)
        {
            grandchild.Tell(Bang());
            parent.Tell(Bang());
            grandchild.Tell(i);
            Assert.Equal(i, FishForMessage(m => m is int));
        }
    }

    [Fact]
    public void A_strategy_in_the_props_goes_before_the_one_of_the_class()
    {
        var props = Boss.Props(CreateTestProbe().Ref, new OneForOneStrategy(_ => Directive.Stop))
            .WithSupervisorStrategy(new OneForOneStrategy(_ => Directive.Resume));
        var child = Make(Sys.ActorOf(props));
        child.Tell("count");
        ExpectMsg(1);
        child.Tell(Bang());
        child.Tell("count");
        ExpectMsg(2);
    }

    [Fact]
    public void A_failure_is_logged_with_its_cause()
    {
        var (_, child) = Supervise(new OneForOneStrategy(_ => Directive.Restart));
        EventFilter.Exception<InvalidOperationException>("bang").ExpectOne(() => child.Tell(Bang()));
    }

    [Fact]
    public void A_failure_after_a_stop_was_asked_for_changes_nothing()
    {
        var (_, child) = Supervise(new OneForOneStrategy(_ => Directive.Restart));
        var watcher = CreateTestProbe();
        watcher.Watch(child);
        child.Tell(Bang());
        Sys.Stop(child);
        watcher.ExpectTerminated(child);
    }

    private (IActorRef Boss, IActorRef Child) Supervise(SupervisorStrategy strategy)
    {
        var boss = Sys.ActorOf(Boss.Props(CreateTestProbe().Ref, strategy));
        return (boss, Make(boss));
    }

    /// <summary>A child that tells the test actor of its life from after its start.</summary>
    private IActorRef Make(IActorRef parent)
    {
        parent.Tell(new Subject.Make(Subject.Props(TestActor)));
        IActorRef? child = null;
        for (var i = 0; i < 2; i++)
            child = ExpectMsg<object>() is Subject.Born born ? born.Who : child;
        return child!;
    }

    private sealed class FailsToStart : UntypedActor
    {
        public FailsToStart() => throw Bang();

        protected override void OnReceive(object message)
        {
        }
    }

    private sealed class FailsTwice : UntypedActor
    {
        public FailsTwice(Func<int> attempt)
        {
            if (attempt() < 3)
                throw Bang();
        }

        protected override void OnReceive(object message) => Sender.Tell(message);
    }

    private sealed class FailsInPreStart : UntypedActor
    {
        protected override void PreStart() => throw Bang();

        protected override void OnReceive(object message)
        {
        }
    }
}
