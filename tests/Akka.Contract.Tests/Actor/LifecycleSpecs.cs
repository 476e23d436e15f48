using Akka.Actor;

namespace Akka.Contract.Tests;

public class LifecycleSpecs : ContractSpec
{
    [Fact]
    public void PreStart_comes_before_the_first_message_and_PostStop_after_the_last()
    {
        var actor = Sys.ActorOf(Subject.Props(TestActor));
        actor.Tell("hello");
        actor.Tell(PoisonPill.Instance);

        ExpectMsg(new Subject.Hook("PreStart"));
        ExpectMsg("hello");
        ExpectMsg(new Subject.Hook("PostStop"));
        ExpectNoMsg(Silence);
    }

    [Fact]
    public void Poison_works_after_what_was_told_before_it()
    {
        var actor = Start((c, m) => c.Sender.Tell(m));
        Watch(actor);
        for (var i = 0; i < 100; i++)
            actor.Tell(i);
        actor.Tell(PoisonPill.Instance);
        actor.Tell("too late");

        for (var i = 0; i < 100; i++)
            ExpectMsg(i);
        ExpectTerminated(actor);
    }

    [Fact]
    public void Stopping_comes_before_what_waits()
    {
        using var gate = new ManualResetEventSlim();
        var actor = Start((c, m) =>
        {
            gate.Wait(Patience);
            c.Sender.Tell(m);
        });
        Watch(actor);
        actor.Tell(1);
        actor.Tell(2);
        Sys.Stop(actor);
        gate.Set();

        // The first may or may not have begun when the stop came.
        if (ExpectMsg<object>() is 1)
            ExpectTerminated(actor);
        ExpectNoMsg(Silence);
    }

    [Fact]
    public void Children_stop_before_their_parent()
    {
        var parent = Sys.ActorOf(Subject.Props(CreateTestProbe().Ref));
        parent.Tell(new Subject.Make(Subject.Props(TestActor)));
        var child = ExpectChild();
        Watch(parent);
        Sys.Stop(parent);
        ExpectMsg(new Subject.Hook("PostStop"));
        ExpectTerminated(parent);
        Watch(child);
        ExpectTerminated(child);

        IActorRef ExpectChild()
        {
            IActorRef? born = null;
            for (var i = 0; i < 2; i++)
                born = ExpectMsg<object>() is Subject.Born b ? b.Who : born;
            return born!;
        }
    }

    [Fact]
    public void A_name_is_taken_until_its_actor_is_gone()
    {
        var probe = CreateTestProbe();
        var parent = Start((c, m) =>
        {
            switch (m)
            {
                case "start":
                    c.Sender.Tell(c.Watch(c.ActorOf(Subject.Props(probe.Ref), "child")));
                    break;
                case "again":
                    try
                    {
                        c.ActorOf(Subject.Props(probe.Ref), "child");
                    }
                    catch (InvalidActorNameException e)
                    {
                        c.Sender.Tell(e);
                    }

                    break;
                case "stop":
                    c.Stop(c.Child("child"));
                    break;
                case Terminated:
                    TestActor.Tell(c.ActorOf(Subject.Props(probe.Ref), "child"));
                    break;
            }
        });
        parent.Tell("start");
        var first = ExpectMsg<IActorRef>();
        parent.Tell("again");
        ExpectMsg<InvalidActorNameException>();
        parent.Tell("stop");
        var second = ExpectMsg<IActorRef>();

        Assert.Equal(first.Path, second.Path);
        Assert.NotEqual(first, second);
        Assert.NotEqual(first.Path.Uid, second.Path.Uid);
    }

    [Theory]
    [InlineData("")]
    [InlineData("$a")]
    [InlineData("a/b")]
    [InlineData("ä")]
    [InlineData("a b")]
    public void A_name_that_is_no_path_element_is_refused(string name) =>
        Assert.Throws<InvalidActorNameException>(() => Sys.ActorOf(Subject.Props(TestActor), name));

    [Fact]
    public void Names_of_top_level_actors_are_unique()
    {
        Start((_, _) => { }, "only");
        Assert.Throws<InvalidActorNameException>(() => Start((_, _) => { }, "only"));
    }

    [Fact]
    public void Actors_without_a_name_get_one_each()
    {
        var paths = Enumerable.Range(0, 200).Select(_ => Start((_, _) => { }).Path).ToList();
        Assert.Equal(200, paths.Distinct().Count());
        Assert.All(paths, p => Assert.StartsWith("$", p.Name, StringComparison.Ordinal));
        Assert.All(paths, p => Assert.Equal("akka://test/user/" + p.Name, p.ToString()));
    }

    [Fact]
    public void A_parent_knows_its_children_by_name()
    {
        var parent = Start((c, m) =>
        {
            var a = c.ActorOf(Subject.Props(CreateTestProbe().Ref), "a");
            var b = c.ActorOf(Subject.Props(CreateTestProbe().Ref));
            c.Sender.Tell(c.Child("a").Equals(a) && c.Child(b.Path.Name).Equals(b) && c.Child("c").IsNobody());
            c.Sender.Tell(c.GetChildren().ToHashSet().SetEquals([a, b]));
        });
        parent.Tell("go");
        ExpectMsg(true);
        ExpectMsg(true);
    }

    [Fact]
    public void A_disposable_actor_is_disposed_of_when_it_stops()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Disposable(TestActor)));
        Sys.Stop(actor);
        ExpectMsg("disposed");
        ExpectNoMsg(Silence);
    }

    [Fact]
    public void An_actor_is_not_made_by_hand()
    {
        // In a fresh thread: this one counts as the test actor's.
        Exception? thrown = null;
        var thread = new Thread(() => thrown = Record.Exception(() => new Disposable(TestActor)));
        thread.Start();
        Assert.True(thread.Join(Patience));
        Assert.IsType<ActorInitializationException>(thrown);
    }

    [Fact]
    public async Task Graceful_stop_ends_with_the_actor()
    {
        var actor = Start((c, m) => c.Sender.Tell(m));
        actor.Tell("before");
        Assert.True(await actor.GracefulStop(Patience));
        ExpectMsg("before");
        Watch(actor);
        ExpectTerminated(actor);
    }

    [Fact]
    public async Task Graceful_stop_of_an_actor_that_will_not_is_false()
    {
        var actor = Start((_, _) => { });
        Assert.False(await actor.GracefulStop(TimeSpan.FromMilliseconds(100), "please"));
    }

    [Fact]
    public void The_last_words_of_an_actor_start_no_child()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Clinging(TestActor)));
        Sys.Stop(actor);
        ExpectMsg("refused");
    }

    private sealed class Clinging(IActorRef probe) : UntypedActor
    {
        protected override void PostStop()
        {
            try
            {
                Context.ActorOf(Subject.Props(probe));
            }
            catch (InvalidOperationException)
            {
                probe.Tell("refused");
            }
        }

        protected override void OnReceive(object message)
        {
        }
    }

    private sealed class Disposable(IActorRef probe) : UntypedActor, IDisposable
    {
        public void Dispose() => probe.Tell("disposed");

        protected override void OnReceive(object message)
        {
        }
    }
}
