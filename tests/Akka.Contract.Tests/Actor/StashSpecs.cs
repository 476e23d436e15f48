using Akka.Actor;

namespace Akka.Contract.Tests;

public class StashSpecs : ContractSpec
{
    [Fact]
    public void Unstashed_messages_come_in_their_order_before_what_waits()
    {
        using var gate = new ManualResetEventSlim();
        var open = false;
        var actor = Run((stash, m) =>
        {
            switch (m)
            {
                case "open":
                    gate.Wait(Patience);
                    open = true;
                    stash.UnstashAll();
                    break;
                default:
                    if (open)
                        TestActor.Tell(m);
                    else
                        stash.Stash();
                    break;
            }
        });
        actor.Tell(1);
        actor.Tell(2);
        actor.Tell("open");
        actor.Tell(3);
        gate.Set();
        ExpectMsg(1);
        ExpectMsg(2);
        ExpectMsg(3);
    }

    [Fact]
    public void Unstash_gives_back_the_oldest_alone()
    {
        var stashing = true;
        var actor = Run((stash, m) =>
        {
            switch (m)
            {
                case "one":
                    stashing = false;
                    stash.Unstash();
                    break;
                default:
                    if (stashing)
                        stash.Stash();
                    else
                        TestActor.Tell((m, stash.Count));
                    break;
            }
        });
        actor.Tell("a");
        actor.Tell("b");
        actor.Tell("one");
        ExpectMsg(((object)"a", 1));
        ExpectNoMsg(Silence);
    }

    [Fact]
    public void A_stashed_message_keeps_its_sender()
    {
        var open = false;
        var actor = Sys.ActorOf(WithStash.Props((self, stash, m) =>
        {
            if (m is "open")
            {
                open = true;
                stash.UnstashAll();
            }
            else if (open)
            {
                self.Tell(m);
            }
            else
            {
                stash.Stash();
            }
        }));
        actor.Tell("mine", TestActor);
        actor.Tell("open", ActorRefs.NoSender);
        ExpectMsgFrom(actor, "mine");
    }

    [Fact]
    public void The_same_message_is_stashed_once()
    {
        var actor = Run((stash, _) =>
        {
            stash.Stash();
            try
            {
                stash.Stash();
            }
            catch (IllegalActorStateException)
            {
                TestActor.Tell("refused");
            }
        });
        actor.Tell("hello");
        ExpectMsg("refused");
    }

    [Fact]
    public void A_restart_gives_the_stash_back_to_the_mailbox()
    {
        var lives = 0;
        var actor = Run((stash, m) =>
        {
            switch (m)
            {
                case Exception e:
                    lives++;
                    throw e;
                case var _ when lives == 0:
                    stash.Stash();
                    break;
                default:
                    TestActor.Tell(m);
                    break;
            }
        });
        actor.Tell("a");
        actor.Tell("b");
        actor.Tell(Bang());
        actor.Tell("c");
        ExpectMsg("a");
        ExpectMsg("b");
        ExpectMsg("c");
    }

    [Fact]
    public void A_stop_makes_the_stash_dead_letters()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(Akka.Event.DeadLetter));
        var actor = Run((stash, _) => stash.Stash());
        actor.Tell("a");
        actor.Tell(PoisonPill.Instance);
        Assert.Equal("a", ExpectMsg<Akka.Event.DeadLetter>().Message);
    }

    [Fact]
    public void Only_what_fits_can_be_unstashed()
    {
        var open = false;
        var actor = Run((stash, m) =>
        {
            if (m is "open")
            {
                open = true;
                stash.UnstashAll(e => (int)e.Message % 2 == 0);
            }
            else if (open)
            {
                TestActor.Tell(m);
            }
            else
            {
                stash.Stash();
            }
        });
        for (var i = 0; i < 5; i++)
            actor.Tell(i);
        actor.Tell("open");
        ExpectMsg(0);
        ExpectMsg(2);
        ExpectMsg(4);
        ExpectNoMsg(Silence);
    }

    [Fact]
    public void A_stash_takes_as_many_as_its_capacity()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Hoarder()).WithStashCapacity(2));
        actor.Tell("a");
        ExpectMsg(1);
        actor.Tell("b");
        ExpectMsg(2);
        actor.Tell("c");
        ExpectMsg("full");
    }

    private IActorRef Run(Action<IStash, object> onReceive) => Sys.ActorOf(WithStash.Props((_, stash, m) => onReceive(stash, m)));

    private sealed class Hoarder : UntypedActorWithStash
    {
        protected override void OnReceive(object message)
        {
            try
            {
                Stash.Stash();
                Sender.Tell(Stash.Count);
            }
            catch (StashOverflowException)
            {
                Sender.Tell("full");
            }
        }
    }

    private sealed class WithStash(Action<IActorRef, IStash, object> onReceive) : UntypedActor, IWithUnboundedStash
    {
        public IStash Stash { get; set; } = null!;

        public static Props Props(Action<IActorRef, IStash, object> onReceive) => Akka.Actor.Props.Create(() => new WithStash(onReceive));

        protected override void OnReceive(object message) => onReceive(Sender, Stash, message);
    }
}
