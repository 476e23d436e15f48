using Akka.Actor;

namespace Akka.Contract.Tests;

public class BecomeSpecs : ContractSpec
{
    [Fact]
    public void Become_takes_the_place_of_the_behaviour()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Switch()));
        actor.Tell("hello");
        ExpectMsg("plain hello");
        actor.Tell("become");
        actor.Tell("hello");
        ExpectMsg("other hello");
    }

    [Fact]
    public void A_stacked_behaviour_gives_way_to_the_one_before()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Switch()));
        actor.Tell("stack");
        actor.Tell("hello");
        ExpectMsg("other hello");
        actor.Tell("unstack");
        actor.Tell("hello");
        ExpectMsg("plain hello");
    }

    [Fact]
    public void A_restart_goes_back_to_the_first_behaviour()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Switch()));
        actor.Tell("become");
        actor.Tell("fail");
        actor.Tell("hello");
        ExpectMsg("plain hello");
    }

    [Fact]
    public void A_behaviour_can_be_set_in_the_constructor()
    {
        var actor = Sys.ActorOf(Props.Create(() => new StartsElsewhere()));
        actor.Tell("hello");
        ExpectMsg("elsewhere hello");
    }

    [Fact]
    public void The_handlers_of_a_receive_actor_change_as_a_whole()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Door()));
        actor.Tell("knock");
        ExpectMsg("closed");
        actor.Tell("open");
        actor.Tell("knock");
        ExpectMsg("come in");
        actor.Tell("leave");
        actor.Tell("knock");
        ExpectMsg("closed");
    }

    private sealed class Switch : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case "become":
                    Become(Other);
                    break;
                case "stack":
                    BecomeStacked(Other);
                    break;
                default:
                    Sender.Tell("plain " + message);
                    break;
            }
        }

        private void Other(object message)
        {
            switch (message)
            {
                case "unstack":
                    UnbecomeStacked();
                    break;
                case "fail":
                    throw Bang();
                default:
                    Sender.Tell("other " + message);
                    break;
            }
        }
    }

    private sealed class StartsElsewhere : ReceiveActor
    {
        public StartsElsewhere() => Become(() => Receive<string>(text => Sender.Tell("elsewhere " + text)));
    }

    private sealed class Door : ReceiveActor
    {
        public Door()
        {
            Receive<string>(text => text == "open", _ => BecomeStacked(Open));
            ReceiveAny(_ => Sender.Tell("closed"));
        }

        private void Open()
        {
            Receive<string>(text => text == "leave", _ => UnbecomeStacked());
            ReceiveAny(_ => Sender.Tell("come in"));
        }
    }
}
