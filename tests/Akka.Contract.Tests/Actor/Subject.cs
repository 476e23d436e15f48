using Akka.Actor;

namespace Akka.Contract.Tests;

/// <summary>
/// A worker that tells a probe of every turn of its life. It throws the exceptions that it gets, counts "count", and starts children from props.
/// </summary>
public class Subject(IActorRef probe) : UntypedActor
{
    private int _count;

    public sealed record Born(IActorRef Who);

    public sealed record Hook(string Name, object? Detail = null);

    public sealed record Make(Props Props, string? Name = null);

    protected IActorRef Probe { get; } = probe;

    public static Props Props(IActorRef probe) => Akka.Actor.Props.Create(() => new Subject(probe));

    protected override void PreStart() => Probe.Tell(new Hook("PreStart"));

    protected override void PostStop() => Probe.Tell(new Hook("PostStop"));

    protected override void PreRestart(Exception reason, object message)
    {
        Probe.Tell(new Hook("PreRestart", message));
        base.PreRestart(reason, message);
    }

    protected override void PostRestart(Exception reason)
    {
        Probe.Tell(new Hook("PostRestart", reason.Message));
        base.PostRestart(reason);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Exception e:
                throw e;
            case "count":
                Sender.Tell(++_count);
                break;
            case Make make:
                Sender.Tell(new Born(Context.ActorOf(make.Props, make.Name!)));
                break;
            default:
                Sender.Tell(message);
                break;
        }
    }
}

/// <summary>Keeps its children when it is restarted.</summary>
public sealed class KeepsChildren(IActorRef probe) : Subject(probe)
{
    public static new Props Props(IActorRef probe) => Akka.Actor.Props.Create(() => new KeepsChildren(probe));

    protected override void PreRestart(Exception reason, object message)
    {
    }
}

/// <summary>A supervisor with a strategy of the test's, and otherwise a <see cref="Subject"/>.</summary>
public sealed class Boss(IActorRef probe, SupervisorStrategy strategy) : Subject(probe)
{
    public static Props Props(IActorRef probe, SupervisorStrategy strategy) => Akka.Actor.Props.Create(() => new Boss(probe, strategy));

    protected override SupervisorStrategy SupervisorStrategy() => strategy;
}
