using Akka.Actor;
using Akka.Event;

namespace Akka.Contract.Tests;

public class ReceiveActorSpecs : ContractSpec
{
    [Theory]
    [InlineData("text", "string text")]
    [InlineData("secret", "predicate secret")]
    [InlineData(5, "small 5")]
    [InlineData(50, "func 50")]
    [InlineData(500, "any 500")]
    [InlineData(1.5, "any 1.5")]
    public void The_first_handler_that_fits_takes_the_message(object message, string answer)
    {
        var actor = Sys.ActorOf(Props.Create(() => new Sorter()));
        actor.Tell(message);
        ExpectMsg(answer);
    }

    [Fact]
    public void A_handler_takes_subclasses_of_its_type()
    {
        var actor = Sys.ActorOf(Props.Create(() => new TakesExceptions()));
        actor.Tell(new ArgumentNullException("x"));
        ExpectMsg("argument");
        actor.Tell(new InvalidOperationException());
        ExpectMsg("exception");
    }

    [Fact]
    public void No_handler_can_follow_the_one_for_everything()
    {
        var actor = Sys.ActorOf(Props.Create(() => new TooMany(TestActor)));
        ExpectMsg("refused");
        Sys.Stop(actor);
    }

    [Fact]
    public void Handlers_are_registered_in_constructor_and_Become_alone()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(UnhandledMessage));
        var actor = Sys.ActorOf(Props.Create(() => new Late()));
        actor.Tell("register");
        ExpectMsg("refused");
        actor.Tell(1);
        ExpectMsg<UnhandledMessage>();
    }

    private sealed class Sorter : ReceiveActor
    {
        public Sorter()
        {
            Receive<string>(text => text == "secret", text => Sender.Tell("predicate " + text));
            Receive<string>(text => Sender.Tell("string " + text));
            Receive<int>(number => Sender.Tell("small " + number), number => number < 10);
            Receive<int>(number =>
            {
                if (number >= 100)
                    return false;
                Sender.Tell("func " + number);
                return true;
            });
            ReceiveAny(o => Sender.Tell(FormattableString.Invariant($"any {o}")));
        }
    }

    private sealed class TakesExceptions : ReceiveActor
    {
        public TakesExceptions()
        {
            Receive<ArgumentException>(_ => Sender.Tell("argument"));
            Receive<Exception>(_ => Sender.Tell("exception"));
        }
    }

    private sealed class TooMany : ReceiveActor
    {
        public TooMany(IActorRef probe)
        {
            ReceiveAny(_ => { });
            try
            {
                Receive<string>(_ => { });
            }
            catch (InvalidOperationException)
            {
                probe.Tell("refused");
            }
        }
    }

    private sealed class Late : ReceiveActor
    {
        public Late() => Receive<string>(_ =>
        {
            try
            {
                Receive<int>(_ => { });
            }
            catch (InvalidOperationException)
            {
                Sender.Tell("refused");
            }
        });
    }
}
