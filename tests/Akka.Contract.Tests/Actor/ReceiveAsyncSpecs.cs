using Akka.Actor;

namespace Akka.Contract.Tests;

public class ReceiveAsyncSpecs : ContractSpec
{
    [Fact]
    public void No_message_is_received_until_the_handler_is_done()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var actor = Sys.ActorOf(Props.Create(() => new Waiter(gate.Task)));
        actor.Tell("wait");
        actor.Tell("next");
        ExpectMsg("waiting");
        ExpectNoMsg(Silence);
        gate.SetResult();
        ExpectMsg("done");
        ExpectMsg("next");
    }

    [Fact]
    public void Context_self_and_sender_are_the_same_after_an_await()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Rememberer(TestActor)));
        var other = CreateTestProbe();
        for (var i = 0; i < 20; i++)
        {
            actor.Tell(i, TestActor);
            actor.Tell(i, other.Ref);
        }

        for (var i = 0; i < 20; i++)
        {
            ExpectMsgFrom(actor, i);
            other.ExpectMsgFrom(actor, i);
        }
    }

    [Fact]
    public void A_failure_after_an_await_is_the_actors()
    {
        var probe = CreateTestProbe();
        var actor = Sys.ActorOf(Props.Create(() => new FailsLater(probe.Ref)));
        actor.Tell("fail");
        actor.Tell("next");
        probe.ExpectMsg(("restarted", "late", (object)"fail"));
        ExpectMsg("next");
    }

    [Fact]
    public void A_handler_that_never_waits_works_like_any_other()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Prompt()));
        for (var i = 0; i < 1000; i++)
            actor.Tell(i);
        for (var i = 0; i < 1000; i++)
            ExpectMsg(i);
    }

    [Fact]
    public void An_actor_can_be_stopped_while_its_handler_waits()
    {
        var never = new TaskCompletionSource();
        var actor = Sys.ActorOf(Props.Create(() => new Waiter(never.Task)));
        actor.Tell("wait");
        ExpectMsg("waiting");
        Watch(actor);
        Sys.Stop(actor);
        ExpectTerminated(actor);
    }

    [Fact]
    public void An_untyped_actor_can_run_a_task()
    {
        var actor = Sys.ActorOf(Props.Create(() => new RunsTask()));
        actor.Tell("a");
        actor.Tell("b");
        ExpectMsg("a done");
        ExpectMsg("b done");
    }

    private sealed class Waiter : ReceiveActor
    {
        public Waiter(Task gate)
        {
            ReceiveAsync<string>(
                async _ =>
                {
                    Sender.Tell("waiting");
                    await gate;
                    Sender.Tell("done");
                },
                text => text == "wait");
            Receive<string>(text => Sender.Tell(text));
        }
    }

    private sealed class Rememberer : ReceiveActor
    {
        public Rememberer(IActorRef expected) => ReceiveAsync<int>(async number =>
        {
            var self = Self;
            await Task.Yield();
            await Task.Delay(1);
            if (!Context.Self.Equals(self) || expected.IsNobody())
                throw Bang();
            Sender.Tell(number);
        });
    }

    private sealed class FailsLater : ReceiveActor
    {
        private readonly IActorRef _probe;

        public FailsLater(IActorRef probe)
        {
            _probe = probe;
            ReceiveAsync<string>(
                async _ =>
                {
                    await Task.Yield();
                    throw Bang("late");
                },
                text => text == "fail");
            Receive<string>(text => Sender.Tell(text));
        }

        protected override void PreRestart(Exception reason, object message)
        {
            _probe.Tell(("restarted", reason.Message, message));
            base.PreRestart(reason, message);
        }
    }

    private sealed class Prompt : ReceiveActor
    {
        public Prompt() => ReceiveAnyAsync(message =>
        {
            Sender.Tell(message);
            return Task.CompletedTask;
        });
    }

    private sealed class RunsTask : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            var sender = Sender;
            RunTask(async () =>
            {
                await Task.Delay(20);
                sender.Tell(message + " done", Self);
            });
        }
    }
}
