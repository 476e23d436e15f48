using Akka.Actor;

namespace Akka.Contract.Tests;

public class AskSpecs : ContractSpec
{
    [Fact]
    public async Task The_answer_is_the_result()
    {
        var actor = Start((c, m) => c.Sender.Tell(m));
        Assert.Equal("hello", await actor.Ask<string>("hello", Patience));
        Assert.Equal("hello", await actor.Ask("hello", Patience));
    }

    [Fact]
    public async Task No_answer_in_time_is_an_exception()
    {
        var actor = Start((_, _) => { });
        await Assert.ThrowsAsync<AskTimeoutException>(() => actor.Ask<string>("hello", TimeSpan.FromMilliseconds(50)));
    }

    [Fact]
    public async Task A_failure_is_its_cause()
    {
        var actor = Start((c, _) => c.Sender.Tell(new Status.Failure(Bang("told"))));
        var e = await Assert.ThrowsAsync<InvalidOperationException>(() => actor.Ask<string>("hello", Patience));
        Assert.Equal("told", e.Message);
    }

    [Fact]
    public async Task Who_asks_for_a_status_gets_it()
    {
        var actor = Start((c, _) => c.Sender.Tell(new Status.Failure(Bang("told"))));
        Assert.IsType<Status.Failure>(await actor.Ask<Status>("hello", Patience));
    }

    [Fact]
    public async Task An_answer_of_another_type_is_an_exception()
    {
        var actor = Start((c, _) => c.Sender.Tell(42));
        await Assert.ThrowsAsync<ArgumentException>(() => actor.Ask<string>("hello", Patience));
    }

    [Fact]
    public async Task A_token_cancels_it()
    {
        var actor = Start((_, _) => { });
        using var source = new CancellationTokenSource();
        var answer = actor.Ask<string>("hello", Patience, source.Token);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
    }

    [Fact]
    public async Task The_message_can_carry_the_address_for_the_answer()
    {
        var actor = Start((_, m) => ((IActorRef)m).Tell("found you"));
        Assert.Equal("found you", await actor.Ask<string>(self => self, Patience, CancellationToken.None));
    }

    [Fact]
    public async Task Many_can_ask_at_once()
    {
        var actor = Start((c, m) => c.Sender.Tell(m));
        var answers = await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => actor.Ask<int>(i, Patience)));
        Assert.Equal(Enumerable.Range(0, 1000), answers);
    }

    [Fact]
    public async Task The_second_answer_is_a_dead_letter()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(Akka.Event.DeadLetter));
        var actor = Start((c, _) =>
        {
            c.Sender.Tell("one");
            c.Sender.Tell("two");
        });
        Assert.Equal("one", await actor.Ask<string>("hello", Patience));
        Assert.Equal("two", (await ExpectMsgAsync<Akka.Event.DeadLetter>()).Message);
    }
}
