using Akka.Actor;
using Akka.Event;

namespace Akka.Contract.Tests;

public class SelectionSpecs : ContractSpec
{
    [Fact]
    public void A_path_reaches_its_actor()
    {
        var actor = Start((c, m) => c.Sender.Tell(m), "target");
        foreach (var path in new[] { "/user/target", "akka://test/user/target", "/user/t*", "/user/../user/target" })
        {
            Sys.ActorSelection(path).Tell(path, TestActor);
            ExpectMsgFrom(actor, path);
        }

        Sys.ActorSelection(actor.Path).Tell("by path", TestActor);
        ExpectMsg("by path");
    }

    [Fact]
    public void An_actor_selects_from_where_it_is()
    {
        var parent = Start(
            (c, m) =>
            {
                if (m is "start")
                    c.Sender.Tell(c.ActorOf(Scripted.Props((inner, _) => inner.ActorSelection("../b").Tell("from a")), "a"));
                if (m is "start")
                    c.ActorOf(Scripted.Props((_, text) => TestActor.Tell(text)), "b");
                else
                    c.ActorSelection("a").Tell(m);
            },
            "parent");
        parent.Tell("start");
        ExpectMsg<IActorRef>();
        parent.Tell("go");
        ExpectMsg("from a");
    }

    [Fact]
    public void What_reaches_nobody_is_a_dead_letter()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(DeadLetter));
        Sys.ActorSelection("/user/nobody").Tell("hello", ActorRefs.NoSender);
        Assert.Equal("hello", ExpectMsg<DeadLetter>().Message);
    }

    [Fact]
    public async Task A_selection_is_resolved_to_a_reference()
    {
        var actor = Start((_, _) => { }, "target");
        Assert.Equal(actor, await Sys.ActorSelection("/user/target").ResolveOne(Patience));
        await Assert.ThrowsAsync<ActorNotFoundException>(() => Sys.ActorSelection("/user/nobody").ResolveOne(TimeSpan.FromSeconds(1)));
    }

    [Theory]
    [InlineData("akka://sys/user/a/b", "akka://sys", "user", "a", "b")]
    [InlineData("akka.tcp://sys@host:1234/user", "akka.tcp://sys@host:1234", "user")]
    public void A_path_is_read(string text, string address, params string[] elements)
    {
        var path = ActorPath.Parse(text);
        Assert.Equal(address, path.Address.ToString());
        Assert.Equal(elements, path.Elements);
        Assert.Equal(text, path.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("/user/a")]
    [InlineData("nonsense")]
    public void What_is_no_path_is_not_read(string text) => Assert.False(ActorPath.TryParse(text, out _));
}
