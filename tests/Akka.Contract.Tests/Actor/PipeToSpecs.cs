using Akka.Actor;

namespace Akka.Contract.Tests;

public class PipeToSpecs : ContractSpec
{
    [Fact]
    public void A_result_is_told_with_the_sender_that_was_given()
    {
        var sender = CreateTestProbe();
        Task.FromResult("result").PipeTo(TestActor, sender.Ref);
        ExpectMsgFrom(sender.Ref, "result");
    }

    [Fact]
    public void A_failure_is_told_as_a_status()
    {
        Task.FromException<string>(Bang()).PipeTo(TestActor);
        Assert.Equal("bang", ExpectMsg<Status.Failure>().Cause.Message);
    }

    [Fact]
    public void Result_and_failure_can_be_made_into_other_messages()
    {
        Task.FromResult(1).PipeTo(TestActor, success: r => r + 1, failure: e => e.Message);
        ExpectMsg(2);
        Task.FromException<int>(Bang()).PipeTo(TestActor, success: r => r + 1, failure: e => e.Message);
        ExpectMsg("bang");
    }

    [Fact]
    public void A_task_without_a_result_tells_only_what_it_is_given_to_tell()
    {
        Task.CompletedTask.PipeTo(TestActor);
        ExpectNoMsg(Silence);
        Task.CompletedTask.PipeTo(TestActor, success: () => "done");
        ExpectMsg("done");
        Task.FromException(Bang()).PipeTo(TestActor);
        ExpectMsg<Status.Failure>();
    }

    [Fact]
    public void A_failing_conversion_is_a_failure()
    {
        Task.FromResult(1).PipeTo(TestActor, success: _ => throw Bang("converted"));
        Assert.Equal("converted", ExpectMsg<Status.Failure>().Cause.Message);
    }

    [Fact]
    public async Task The_task_that_it_gives_back_does_not_fail()
    {
        var piped = Task.FromException<string>(Bang()).PipeTo(TestActor);
        await ExpectMsgAsync<Status.Failure>();
        await piped;
    }

    [Fact]
    public void An_actor_pipes_to_itself()
    {
        var actor = Start((c, m) =>
        {
            if (m is "go")
                Task.Run(() => 42).PipeTo(c.Self, c.Sender);
            else
                c.Sender.Tell(m);
        });
        actor.Tell("go");
        ExpectMsg(42);
    }
}
