using Akka.Actor;

namespace Akka.Contract.Tests;

public class SupervisionSpecs : SupervisionSpec
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

        // Two of them fall into one window, wherever the machine pauses.
        for (var i = 0; i < 50; i++)
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
}
