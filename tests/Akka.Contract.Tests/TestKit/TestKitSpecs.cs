using Akka.Actor;
using Akka.Event;
using Xunit.Sdk;

namespace Akka.Contract.Tests;

public class TestKitSpecs : ContractSpec
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);

    [Fact]
    public void An_expectation_fails_on_silence_on_another_type_and_on_another_value()
    {
        Assert.ThrowsAny<XunitException>(() => ExpectMsg<string>(Short));
        TestActor.Tell(1);
        Assert.ThrowsAny<XunitException>(() => ExpectMsg<string>());
        TestActor.Tell("a");
        Assert.ThrowsAny<XunitException>(() => ExpectMsg("b"));
        TestActor.Tell("a");
        Assert.ThrowsAny<XunitException>(() => ExpectMsg<string>(s => s == "b"));
        TestActor.Tell("a");
        Assert.ThrowsAny<XunitException>(() => ExpectNoMsg(TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public void A_probe_receives_sends_and_replies()
    {
        var probe = CreateTestProbe();
        var echo = Start((c, m) => c.Sender.Tell(m));
        probe.Send(echo, "hello");
        probe.ExpectMsgFrom(echo, "hello");
        Assert.Equal(echo, probe.LastSender);

        probe.Ref.Tell("question");
        probe.ExpectMsg("question");
        probe.Reply("answer");
        ExpectMsgFrom(probe.Ref, "answer");
    }

    [Fact]
    public void A_probe_can_stand_for_its_reference()
    {
        var probe = CreateTestProbe();
        var actor = Start((c, m) =>
        {
            if (m is Terminated)
                TestActor.Tell("gone");
            else
                c.Watch((IActorRef)m).Tell("hello");
        });
        actor.Tell(probe);
        probe.ExpectMsg("hello");
        Assert.True(probe.Equals(probe.Ref));
        Sys.Stop(probe.Ref);
        ExpectMsg("gone");
    }

    [Fact]
    public void Several_messages_are_received_at_once()
    {
        for (var i = 0; i < 5; i++)
            TestActor.Tell(i);
        Assert.Equal([0, 1, 2, 3, 4], ReceiveN(5).Cast<int>());
        Assert.ThrowsAny<XunitException>(() => ReceiveN(1, Short));
        Assert.Null(ReceiveOne(Short));
    }

    [Fact]
    public void Messages_in_any_order_can_be_expected()
    {
        TestActor.Tell("b");
        TestActor.Tell("a");
        ExpectMsgAllOf("a", "b");
    }

    [Fact]
    public void Fishing_passes_over_other_messages()
    {
        TestActor.Tell("one");
        TestActor.Tell("two");
        TestActor.Tell(3);
        Assert.Equal("two", FishForMessage(m => m is "two"));
        ExpectMsg(3);
        Assert.ThrowsAny<XunitException>(() => FishForMessage(_ => false, Short));
    }

    [Fact]
    public void Within_bounds_the_time_of_all_that_is_expected_in_it()
    {
        Within(TimeSpan.FromSeconds(10), () =>
        {
            TestActor.Tell("a");
            ExpectMsg("a");
            Assert.InRange(Remaining, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        });
        Assert.ThrowsAny<XunitException>(() => Within(TimeSpan.FromMilliseconds(100), () => ExpectMsg<string>()));
    }

    [Fact]
    public async Task Conditions_and_assertions_are_tried_until_they_hold()
    {
        var tries = 0;
        AwaitCondition(() => ++tries > 3, Patience);
        AwaitAssert(() => Assert.True(++tries > 6), Patience, Short);
        await AwaitConditionAsync(() => Task.FromResult(++tries > 9), Patience);
        await AwaitAssertAsync(() => Assert.True(++tries > 12), Patience, Short);
        Assert.ThrowsAny<XunitException>(() => AwaitCondition(() => false, Short));
        Assert.ThrowsAny<XunitException>(() => AwaitAssert(() => Assert.Equal(1, tries), Short));
    }

    [Fact]
    public async Task Everything_can_be_awaited_with_the_test_actor_as_sender()
    {
        var actor = Start((c, m) => c.Sender.Tell(m));
        await Task.Yield();
        actor.Tell("hello");
        Assert.Equal("hello", await ExpectMsgAsync<string>());
        actor.Tell("again");
        await ExpectMsgAsync("again");
        await ExpectNoMsgAsync(Short);
        await WatchAsync(actor);
        Sys.Stop(actor);
        await ExpectTerminatedAsync(actor);
    }

    [Fact]
    public void A_filter_expects_log_entries()
    {
        EventFilter.Warning("careful").ExpectOne(() => Log.Warning("careful"));
        EventFilter.Error(contains: "wrong").Expect(2, () =>
        {
            Log.Error("something wrong");
            Log.Error("all wrong");
        });
        EventFilter.Exception<InvalidOperationException>("bang").ExpectOne(() => Log.Error(Bang(), "bang"));
        Assert.ThrowsAny<Exception>(() => EventFilter.Warning("never").ExpectOne(TimeSpan.FromMilliseconds(100), () => { }));
    }

    [Fact]
    public void Messages_can_be_ignored()
    {
        IgnoreMessages(m => m is int);
        TestActor.Tell(1);
        TestActor.Tell("kept");
        ExpectMsg("kept");
        IgnoreNoMessages();
        TestActor.Tell(2);
        ExpectMsg(2);
    }
}
