using Akka.Actor;

namespace Akka.Contract.Tests.Streams;

/// <summary>An actor that keeps what it is told for a test to look at, and stops when told so.</summary>
public sealed class Recorder(Events events) : UntypedActor
{
    public static readonly object Stop = new();

    public static (IActorRef Ref, Events Events) In(IActorRefFactory system)
    {
        var events = new Events();
        return (system.ActorOf(Props.Create(() => new Recorder(events))), events);
    }

    protected override void OnReceive(object message)
    {
        if (ReferenceEquals(message, Stop))
            Context.Stop(Self);
        else
            events.Add(message);
    }
}
