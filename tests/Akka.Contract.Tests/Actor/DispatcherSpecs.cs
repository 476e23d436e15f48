using Akka.Actor;
using Akka.Configuration;

namespace Akka.Contract.Tests;

public class DispatcherSpecs() : ContractSpec("""
    slow { type = Dispatcher, throughput = 1 }
    own-thread { type = PinnedDispatcher }
    odd { type = NoSuchDispatcher }
    """)
{
    [Fact]
    public void An_actor_runs_on_the_dispatcher_of_its_props()
    {
        var actor = Sys.ActorOf(Scripted.Props((c, _) => c.Sender.Tell((c.Dispatcher.Id, c.Dispatcher.Throughput))).WithDispatcher("slow"));
        actor.Tell("where");
        ExpectMsg(("slow", 1));
    }

    [Fact]
    public void A_pinned_actor_stays_on_a_thread_of_its_own()
    {
        var threads = new List<int>();
        var pool = new List<bool>();
        var actor = Sys.ActorOf(Scripted.Props((c, m) =>
        {
            threads.Add(Environment.CurrentManagedThreadId);
            pool.Add(Thread.CurrentThread.IsThreadPoolThread);
            c.Sender.Tell(m);
        }).WithDispatcher("own-thread"));
        for (var i = 0; i < 20; i++)
        {
            actor.Tell(i);
            ExpectMsg(i);
        }

        Assert.Single(threads.Distinct());
        Assert.DoesNotContain(true, pool);
    }

    [Fact]
    public void A_pinned_actor_that_blocks_holds_nobody_else_back()
    {
        using var gate = new ManualResetEventSlim();
        var props = Scripted.Props((c, m) =>
        {
            if (m is "block")
                gate.Wait(Patience);
            c.Sender.Tell(m);
        }).WithDispatcher("own-thread");
        Sys.ActorOf(props).Tell("block");
        Sys.ActorOf(props).Tell("free");
        ExpectMsg("free");
        gate.Set();
        ExpectMsg("block");
    }

    [Fact]
    public void A_dispatcher_that_is_not_configured_is_a_configuration_error() =>
        Assert.Throws<ConfigurationException>(() => Sys.ActorOf(Scripted.Props((_, _) => { }).WithDispatcher("nowhere")));

    [Fact]
    public void A_dispatcher_of_unknown_type_is_a_configuration_error() =>
        Assert.Throws<ConfigurationException>(() => Sys.Dispatchers.Lookup("odd"));

    [Fact]
    public void A_mailbox_that_is_not_configured_is_a_configuration_error() =>
        Assert.Throws<ConfigurationException>(() => Sys.ActorOf(Scripted.Props((_, _) => { }).WithMailbox("nowhere")));

    [Fact]
    public void Code_can_be_scheduled_on_a_dispatcher()
    {
        Sys.Dispatchers.Lookup("slow").Schedule(() => TestActor.Tell("ran", ActorRefs.NoSender));
        ExpectMsg("ran");
    }
}
