using System.Reflection;
using Akka.Actor;
using Akka.TestKit.Xunit;
using EdgeActors.Connection;

namespace EdgeActors.Tests.Connection;

/// <summary>No message is lost or reordered, whichever thread sends it and at whatever moment.</summary>
public sealed class ConnectionMailboxSpecs : TestKit
{
    private const int Senders = 4, PerSender = 20_000;

    private readonly string _id;

    public ConnectionMailboxSpecs() => _id = ConnectionMailbox.AddTo(Sys);

    [Fact]
    public void Messages_of_many_threads_arrive_in_the_order_of_each()
    {
        var counter = Sys.ActorOf(Props.Create(() => new Counter(TestActor)).WithMailbox(_id));
        var threads = Enumerable.Range(0, Senders).Select(sender => new Thread(() => Send(sender))).ToArray();
        Array.ForEach(threads, static thread => thread.Start());
        Array.ForEach(threads, static thread => thread.Join());
        Assert.Equal(Senders * PerSender, ExpectMsg<int>(TimeSpan.FromSeconds(30)));

        void Send(int sender)
        {
            // Pauses let the actor fall idle, so that messages arrive at the moment in which it stops.
            for (var i = 0; i < PerSender; i++)
            {
                counter.Tell((sender, i), ActorRefs.NoSender);
                Thread.SpinWait(i % 64);
            }
        }
    }

    [Fact]
    public void A_message_that_comes_as_the_actor_falls_idle_is_read()
    {
        const int Rounds = 200_000;
        var (sent, read) = (0, 0);
        var actor = Sys.ActorOf(Props.Create(() => new Reads(number => Volatile.Write(ref read, number))).WithMailbox(_id));
        while (sent < Rounds)
        {
            Thread.SpinWait(sent % 32);
            actor.Tell(++sent, ActorRefs.NoSender);
            for (var since = Environment.TickCount64; Volatile.Read(ref read) != sent;)
                Assert.True(Environment.TickCount64 - since < 30_000, $"{sent} was not read");
        }
    }

    [Fact]
    public void What_a_stopped_actor_has_not_read_goes_to_the_dead_letters()
    {
        var dead = CreateTestProbe();
        Sys.EventStream.Subscribe(dead.Ref, typeof(Akka.Event.DeadLetter));
        var stops = Sys.ActorOf(Props.Create(() => new Stops()).WithMailbox(_id));
        var gate = new ManualResetEventSlim();
        stops.Tell(gate);
        stops.Tell("one");
        stops.Tell("two");
        gate.Set();
        Assert.Equal("one", dead.ExpectMsg<Akka.Event.DeadLetter>().Message);
        Assert.Equal("two", dead.ExpectMsg<Akka.Event.DeadLetter>().Message);
    }

    [Fact]
    public void It_counts_what_waits()
    {
        var queue = new ConnectionMailbox.Queue();
        Assert.False(queue.HasMessages);
        for (var i = 0; i < 3; i++)
            queue.Enqueue(TestActor, new Envelope(i, TestActor));
        Assert.True(queue.HasMessages);
        Assert.Equal(3, queue.Count);
        Assert.True(queue.TryDequeue(out var first));
        Assert.Equal((0, 2), ((int)first.Message, queue.Count));
    }

    /// <summary>A node of an old generation would keep all later ones until a full collection.</summary>
    [Fact]
    public void A_node_that_was_read_refers_to_no_other()
    {
        var queue = new ConnectionMailbox.Queue();
        var read = Private(queue, "_head");
        queue.Enqueue(TestActor, default);
        Assert.NotNull(Private(read!, "Next"));
        Assert.True(queue.TryDequeue(out _));
        Assert.Null(Private(read!, "Next"));

        static object? Private(object of, string field) =>
            of.GetType().GetField(field, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)!.GetValue(of);
    }

    private sealed class Counter(IActorRef done) : UntypedActor
    {
        private readonly int[] _next = new int[Senders];
        private int _count;

        protected override void OnReceive(object message)
        {
            var (sender, number) = ((int, int))message;
            Assert.Equal(_next[sender]++, number);
            if (++_count == Senders * PerSender)
                done.Tell(_count);
        }
    }

    private sealed class Reads(Action<int> read) : UntypedActor
    {
        protected override void OnReceive(object message) => read((int)message);
    }

    private sealed class Stops : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            ((ManualResetEventSlim)message).Wait();
            Context.Stop(Self);
        }
    }
}
