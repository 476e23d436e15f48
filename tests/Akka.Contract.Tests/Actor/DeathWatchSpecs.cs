using Akka.Actor;

namespace Akka.Contract.Tests;

public class DeathWatchSpecs : ContractSpec
{
    [Fact]
    public void Terminated_comes_after_everything_that_the_dead_one_told()
    {
        var actor = Start((c, m) =>
        {
            for (var i = 0; i < 500; i++)
                c.Sender.Tell(i);
            c.Stop(c.Self);
        });
        Watch(actor);
        actor.Tell("go");
        for (var i = 0; i < 500; i++)
            ExpectMsg(i);
        ExpectTerminated(actor);
    }

    [Fact]
    public void Terminated_is_received_after_what_waits_already()
    {
        using var gate = new ManualResetEventSlim();
        var victim = Start((_, _) => { });
        var order = new List<string>();
        var watcher = Start((c, m) =>
        {
            switch (m)
            {
                case "watch":
                    c.Watch(victim);
                    c.Sender.Tell("watching");
                    break;
                case "block":
                    gate.Wait(Patience);
                    break;
                case Terminated:
                    order.Add("terminated");
                    TestActor.Tell(order.ToArray());
                    break;
                case string text:
                    order.Add(text);
                    break;
            }
        });
        watcher.Tell("watch");
        ExpectMsg("watching");
        watcher.Tell("block");
        watcher.Tell("a");
        watcher.Tell("b");
        Watch(victim);
        Sys.Stop(victim);
        ExpectTerminated(victim);
        gate.Set();
        Assert.Equal(["a", "b", "terminated"], ExpectMsg<string[]>());
    }

    [Fact]
    public void Who_watches_a_dead_actor_hears_of_it_at_once()
    {
        var actor = Start((_, _) => { });
        Watch(actor);
        Sys.Stop(actor);
        ExpectTerminated(actor);
        var late = CreateTestProbe();
        late.Watch(actor);
        late.ExpectTerminated(actor);
    }

    [Fact]
    public void Who_watches_what_never_was_hears_so()
    {
        var nobody = ((ExtendedActorSystem)Sys).Provider.ResolveActorRef("akka://test/user/never-was");
        Watch(nobody);
        Assert.False(ExpectMsg<Terminated>().ExistenceConfirmed);
    }

    [Fact]
    public void All_watchers_hear_of_it()
    {
        var actor = Start((_, _) => { });
        var watchers = Enumerable.Range(0, 5).Select(_ => CreateTestProbe()).ToList();
        foreach (var watcher in watchers)
            watcher.Watch(actor);
        Sys.Stop(actor);
        foreach (var watcher in watchers)
            watcher.ExpectTerminated(actor);
    }

    [Fact]
    public void Watching_twice_gives_one_Terminated()
    {
        var actor = Start((_, _) => { });
        Watch(actor);
        Watch(actor);
        Sys.Stop(actor);
        ExpectTerminated(actor);
        ExpectNoMsg(Silence);
    }

    [Fact]
    public void A_message_of_ones_own_takes_the_place_of_Terminated()
    {
        var actor = Start((_, _) => { });
        var watcher = Start((c, m) =>
        {
            if (m is "watch")
                c.WatchWith(actor, "it is gone");
            else
                TestActor.Tell(m);
        });
        watcher.Tell("watch");
        Sys.Stop(actor);
        ExpectMsg("it is gone");
        ExpectNoMsg(Silence);
    }

    [Fact]
    public void A_second_watch_leaves_the_first_as_it_is()
    {
        var actor = Start((_, _) => { });
        var watcher = Start((c, m) =>
        {
            if (m is "watch")
            {
                c.WatchWith(actor, "one");
                c.WatchWith(actor, "two");
                c.Watch(actor);
            }
            else
            {
                TestActor.Tell(m);
            }
        });
        watcher.Tell("watch");
        Sys.Stop(actor);
        ExpectMsg("one");
        ExpectNoMsg(Silence);
    }

    [Fact]
    public void After_Unwatch_nothing_comes_even_if_it_was_on_its_way()
    {
        using var gate = new ManualResetEventSlim();
        var actor = Start((_, _) => { });
        var watcher = Start((c, m) =>
        {
            switch (m)
            {
                case "watch":
                    c.Watch(actor);
                    break;
                case "block and unwatch":
                    TestActor.Tell("blocked");
                    gate.Wait(Patience);
                    c.Unwatch(actor);
                    break;
                default:
                    TestActor.Tell(m);
                    break;
            }
        });
        Watch(actor);
        watcher.Tell("watch");
        watcher.Tell("block and unwatch");
        ExpectMsg("blocked");
        Sys.Stop(actor);
        ExpectTerminated(actor);
        gate.Set();
        watcher.Tell("last");
        ExpectMsg("last");
        ExpectNoMsg(Silence);
    }

    [Fact]
    public void A_parent_can_watch_its_child()
    {
        var parent = Start((c, m) =>
        {
            if (m is Terminated t)
                TestActor.Tell((t.ActorRef, c.GetChildren().Any()));
            else
                c.Stop(c.Watch(c.ActorOf(Scripted.Props((_, _) => { }))));
        });
        parent.Tell("go");
        Assert.False(ExpectMsg<(IActorRef, bool)>().Item2);
    }

    [Fact]
    public void A_watch_outlives_a_restart()
    {
        var actor = Start((_, _) => { });
        var watcher = Start((c, m) =>
        {
            switch (m)
            {
                case "watch":
                    c.Watch(actor);
                    break;
                case Exception e:
                    throw e;
                case Terminated:
                    TestActor.Tell("gone");
                    break;
                default:
                    TestActor.Tell(m);
                    break;
            }
        });
        watcher.Tell("watch");
        watcher.Tell(Bang());
        watcher.Tell("restarted");
        ExpectMsg("restarted");
        Sys.Stop(actor);
        ExpectMsg("gone");
    }

    [Fact]
    public void A_Terminated_without_a_handler_breaks_the_death_pact()
    {
        var actor = Start((_, _) => { });
        var watcher = Sys.ActorOf(Props.Create(() => new Bound(actor)));
        Watch(watcher);
        Sys.Stop(actor);
        ExpectTerminated(watcher);
    }

    private sealed class Bound : ReceiveActor
    {
        public Bound(IActorRef other)
        {
            Context.Watch(other);
            Receive<string>(_ => { });
        }
    }
}
