using Akka.Actor;
using Akka.Event;

namespace Akka.Contract.Tests;

public class DeadLetterSpecs : ContractSpec
{
    [Fact]
    public void What_is_told_to_dead_letters_is_published()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(DeadLetter));
        Sys.DeadLetters.Tell("lost", TestActor);
        var letter = ExpectMsg<DeadLetter>();
        Assert.Equal("lost", letter.Message);
        Assert.Equal(TestActor, letter.Sender);
    }

    [Fact]
    public void A_suppressed_one_is_published_as_such()
    {
        var suppressed = CreateTestProbe();
        Sys.EventStream.Subscribe(TestActor, typeof(DeadLetter));
        Sys.EventStream.Subscribe(suppressed.Ref, typeof(SuppressedDeadLetter));
        StoppedActor().Tell(new Quiet());
        Assert.IsType<Quiet>(suppressed.ExpectMsg<SuppressedDeadLetter>(l => l.Message is Quiet).Message);
        ExpectNoMsg(Silence);
    }

    [Fact]
    public void Both_kinds_are_dead_letters()
    {
        var actor = StoppedActor();
        Sys.EventStream.Subscribe(TestActor, typeof(AllDeadLetters));
        actor.Tell("loud");
        actor.Tell(new Quiet());
        ExpectMsg<DeadLetter>();
        ExpectMsg<SuppressedDeadLetter>();
    }

    private IActorRef StoppedActor()
    {
        var actor = Start((_, _) => { });
        Watch(actor);
        Sys.Stop(actor);
        ExpectTerminated(actor);
        return actor;
    }

    private sealed class Quiet : IDeadLetterSuppression;
}
