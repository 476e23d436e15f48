using Akka.Actor;
using Akka.Event;

namespace Akka.Contract.Tests;

public class MessagingSpecs : ContractSpec
{
    [Fact]
    public void Messages_of_one_sender_arrive_in_the_order_they_were_told()
    {
        const int Senders = 4;
        const int Each = 20_000;
        var last = new int[Senders];
        var disorder = 0;
        var received = 0;
        var receiver = Start((_, m) =>
        {
            var (sender, number) = ((int, int))m;
            if (number != ++last[sender])
                disorder++;
            if (++received == Senders * Each)
                TestActor.Tell("all", ActorRefs.NoSender);
        });

        Parallel.For(0, Senders, sender =>
        {
            for (var i = 1; i <= Each; i++)
                receiver.Tell((sender, i), ActorRefs.NoSender);
        });

        ExpectMsg("all", TimeSpan.FromSeconds(30));
        Assert.Equal(0, disorder);
    }

    [Fact]
    public void An_actor_runs_on_one_thread_at_a_time()
    {
        const int Messages = 20_000;
        var inside = 0;
        var together = 0;
        var count = 0;
        var receiver = Start((_, m) =>
        {
            if (Interlocked.Increment(ref inside) != 1)
                together++;
            count++;
            Interlocked.Decrement(ref inside);
            if (count == Messages)
                TestActor.Tell("all", ActorRefs.NoSender);
        });

        Parallel.For(0, Messages, _ => receiver.Tell("go", ActorRefs.NoSender));

        ExpectMsg("all", TimeSpan.FromSeconds(30));
        Assert.Equal(0, together);
    }

    [Fact]
    public void Many_actors_that_wake_each_other_all_get_their_turn()
    {
        // Two that never stop talking, and a hundred that want one word.
        var stop = false;
        var left = Start((c, m) => Answer(c, ref stop));
        var right = Start((c, m) => Answer(c, ref stop));
        left.Tell("ball", right);
        var others = Enumerable.Range(0, 100).Select(_ => Start((c, m) => c.Sender.Tell(m, c.Self))).ToList();
        foreach (var other in others)
            other.Tell("hello");

        for (var i = 0; i < others.Count; i++)
            ExpectMsg("hello");
        Volatile.Write(ref stop, true);

        static void Answer(IActorContext context, ref bool stop)
        {
            if (!Volatile.Read(ref stop))
                context.Sender.Tell("ball", context.Self);
        }
    }

    [Fact]
    public void The_running_actor_is_the_sender_unless_another_is_named()
    {
        var echo = Start((c, m) => c.Sender.Tell(m));
        var relay = Start((_, m) => echo.Tell(m));
        var forwarder = Start((_, m) => echo.Forward(m));

        echo.Tell("mine");
        ExpectMsgFrom(echo, "mine");
        forwarder.Tell("forwarded");
        ExpectMsgFrom(echo, "forwarded");
        relay.Tell("relayed");
        ExpectNoMsg(Silence);
    }

    [Fact]
    public void Without_a_sender_the_sender_is_dead_letters()
    {
        var actor = Start((c, m) => TestActor.Tell(c.Sender));
        actor.Tell("hello", ActorRefs.NoSender);
        Assert.Equal(Sys.DeadLetters, ExpectMsg<IActorRef>());
    }

    [Fact]
    public void What_waits_when_an_actor_stops_becomes_dead_letters_and_so_does_what_comes_later()
    {
        var letters = CreateTestProbe();
        Sys.EventStream.Subscribe(letters.Ref, typeof(DeadLetter));
        using var gate = new ManualResetEventSlim();
        var actor = Start((c, m) =>
        {
            gate.Wait(Patience);
            c.Stop(c.Self);
        });
        Watch(actor);
        actor.Tell("first");
        actor.Tell("second");
        gate.Set();
        ExpectTerminated(actor);
        actor.Tell("third");

        foreach (var text in new[] { "second", "third" })
        {
            var letter = letters.ExpectMsg<DeadLetter>();
            Assert.Equal(text, letter.Message);
            Assert.Equal(actor, letter.Recipient);
            Assert.Equal(TestActor, letter.Sender);
        }
    }

    [Fact]
    public void Every_actor_identifies_itself()
    {
        var actor = Start((_, _) => { });
        actor.Tell(new Identify(42));
        var identity = ExpectMsg<ActorIdentity>();
        Assert.Equal(42, identity.MessageId);
        Assert.Equal(actor, identity.Subject);
    }

    [Fact]
    public void A_message_without_a_handler_is_published_as_unhandled()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(UnhandledMessage));
        var actor = Sys.ActorOf(Props.Create(() => new Picky()));
        actor.Tell("unknown");
        var unhandled = ExpectMsg<UnhandledMessage>();
        Assert.Equal("unknown", unhandled.Message);
        Assert.Equal(actor, unhandled.Recipient);
    }

    private sealed class Picky : ReceiveActor
    {
        public Picky() => Receive<int>(_ => { });
    }
}
