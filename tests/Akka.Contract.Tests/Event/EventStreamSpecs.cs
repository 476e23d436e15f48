using Akka.Actor;
using Akka.Event;

namespace Akka.Contract.Tests;

public class EventStreamSpecs : ContractSpec
{
    public interface IFruit;

    [Fact]
    public void Subscribers_get_the_class_its_subclasses_and_its_interfaces()
    {
        var fruits = CreateTestProbe();
        var apples = CreateTestProbe();
        Sys.EventStream.Subscribe(fruits.Ref, typeof(IFruit));
        Sys.EventStream.Subscribe<Apple>(apples.Ref);

        var all = new IFruit[] { new Apple(), new RedApple(), new Pear() };
        foreach (var fruit in all)
            Sys.EventStream.Publish(fruit);

        foreach (var fruit in all)
            Assert.Same(fruit, fruits.ExpectMsg<IFruit>());
        Assert.Same(all[0], apples.ExpectMsg<Apple>());
        Assert.Same(all[1], apples.ExpectMsg<Apple>());
        apples.ExpectNoMsg(Silence);
    }

    [Fact]
    public void Who_subscribed_to_a_class_and_its_base_gets_an_event_once()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(Apple));
        Sys.EventStream.Subscribe(TestActor, typeof(RedApple));
        Sys.EventStream.Publish(new RedApple());
        ExpectMsg<RedApple>();
        ExpectNoMsg(Silence);
    }

    [Fact]
    public void A_subscription_counts_once_and_ends()
    {
        Assert.True(Sys.EventStream.Subscribe(TestActor, typeof(Apple)));
        Assert.False(Sys.EventStream.Subscribe(TestActor, typeof(Apple)));
        Sys.EventStream.Publish(new Apple());
        ExpectMsg<Apple>();
        Assert.True(Sys.EventStream.Unsubscribe(TestActor, typeof(Apple)));
        Sys.EventStream.Publish(new Apple());
        ExpectNoMsg(Silence);
    }

    [Fact]
    public void All_subscriptions_of_one_can_end_together()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(Apple));
        Sys.EventStream.Subscribe(TestActor, typeof(Pear));
        Sys.EventStream.Unsubscribe(TestActor);
        Sys.EventStream.Publish(new Apple());
        Sys.EventStream.Publish(new Pear());
        ExpectNoMsg(Silence);
    }

    [Fact]
    public void A_stopped_subscriber_is_taken_out()
    {
        var letters = CreateTestProbe();
        Sys.EventStream.Subscribe(letters.Ref, typeof(DeadLetter));
        var actor = Start((_, _) => { });
        Sys.EventStream.Subscribe(actor, typeof(Apple));
        Watch(actor);
        Sys.Stop(actor);
        ExpectTerminated(actor);
        AwaitAssert(() =>
        {
            Sys.EventStream.Publish(new Apple());
            letters.ExpectNoMsg(TimeSpan.FromMilliseconds(50));
        });
    }

    private class Apple : IFruit;

    private sealed class RedApple : Apple;

    private sealed class Pear : IFruit;
}
