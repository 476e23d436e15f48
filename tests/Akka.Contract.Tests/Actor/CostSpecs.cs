#if AKKA_LOCAL
using Akka.Actor;

namespace Akka.Contract.Tests;

/// <summary>What an actor and a message may cost in the in-process runtime. The packages have their own price.</summary>
[Collection(nameof(CostSpecs))]
[CollectionDefinition(nameof(CostSpecs), DisableParallelization = true)]
public class CostSpecs : ContractSpec
{
    [Fact]
    public void An_idle_actor_costs_less_than_a_kilobyte()
    {
        const int Actors = 20_000;
        var started = new CountdownEvent(Actors);
        var parent = Start((c, m) =>
        {
            for (var i = 0; i < Actors; i++)
                c.ActorOf(Idle.Recipe).Tell(started);
        });

        var before = GC.GetTotalMemory(forceFullCollection: true);
        parent.Tell("go");
        Assert.True(started.Wait(TimeSpan.FromSeconds(30)));
        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / Actors;

        Assert.InRange(each, 50, 1023);
    }

    [Fact]
    public void A_message_that_goes_back_and_forth_allocates_nothing()
    {
        const int Rounds = 200_000;
        using var done = new ManualResetEventSlim();
        long allocated = 0;
        var left = Rounds;
        var echo = Start((c, m) => c.Sender.Tell(m, c.Self));
        var player = Start((c, m) =>
        {
            if (left-- == Rounds)
                allocated = GC.GetTotalAllocatedBytes();
            if (left > 0)
            {
                echo.Tell(m, c.Self);
                return;
            }

            allocated = GC.GetTotalAllocatedBytes() - allocated;
            done.Set();
        });
        player.Tell("ball");
        Assert.True(done.Wait(TimeSpan.FromSeconds(30)));

        // Nothing but what the pool and other tests' leftovers do meanwhile.
        Assert.InRange(allocated / (2.0 * Rounds), 0, 8);
    }

    [Fact]
    public void A_flood_allocates_no_more_than_a_node_a_message()
    {
        const int Messages = 500_000;
        using var done = new ManualResetEventSlim();
        var count = 0;
        var sink = Start((_, _) =>
        {
            if (++count == Messages)
                done.Set();
        });
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Messages; i++)
            sink.Tell("drop", ActorRefs.NoSender);
        var each = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Messages;
        Assert.True(done.Wait(TimeSpan.FromSeconds(30)));
        Assert.InRange(each, 0, 48);
    }

    private sealed class Idle : UntypedActor
    {
        internal static readonly Props Recipe = Props.CreateBy(new Producer());

        protected override void OnReceive(object message) => ((CountdownEvent)message).Signal();

        private sealed class Producer : IIndirectActorProducer
        {
            public Type ActorType => typeof(Idle);

            public ActorBase Produce() => new Idle();

            public void Release(ActorBase actor)
            {
            }
        }
    }
}
#endif
