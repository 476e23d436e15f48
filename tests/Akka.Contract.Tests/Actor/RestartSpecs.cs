using Akka.Actor;

namespace Akka.Contract.Tests;

public class RestartSpecs : SupervisionSpec
{
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
