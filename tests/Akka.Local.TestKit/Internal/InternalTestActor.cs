using Akka.Actor;

namespace Akka.TestKit.Internal;

/// <summary>Puts what it receives where the test can expect it.</summary>
internal sealed class InternalTestActor(ReceivedMessages queue) : ActorBase
{
    private AutoPilot _pilot = AutoPilot.NoAutoPilot;
    private Func<object, bool>? _ignore;

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case SetIgnore set:
                _ignore = set.Ignore;
                set.Done.SetResult(ActorRefs.Nobody);
                break;
            case SetAutoPilot set:
                _pilot = set.Pilot;
                break;
            case WatchRequest request:
                request.Done.SetResult(request.Watches ? Context.Watch(request.Subject) : Context.Unwatch(request.Subject));
                break;
            case SpawnRequest request:
                Spawn(request);
                break;
            default:
                var next = _pilot.Run(Sender, message);
                if (next is not KeepRunning)
                    _pilot = next;
                if (_ignore?.Invoke(message) != true)
                    queue.Add(new RealMessageEnvelope(message, Sender));
                break;
        }

        return true;
    }

    private static void Spawn(SpawnRequest request)
    {
        try
        {
            request.Done.SetResult(Context.ActorOf(request.Props, request.Name));
        }
        catch (Exception e)
        {
            request.Done.SetException(e);
        }
    }

    internal sealed class Producer(ReceivedMessages queue) : IIndirectActorProducer
    {
        public Type ActorType => typeof(InternalTestActor);

        public ActorBase Produce() => new InternalTestActor(queue);

        public void Release(ActorBase actor)
        {
        }
    }
}

/// <summary>Something that the test actor does on its own thread, and says when it is done.</summary>
internal abstract class TestActorRequest : INoSerializationVerificationNeeded
{
    internal TaskCompletionSource<IActorRef> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

internal sealed class WatchRequest(IActorRef subject, bool watches) : TestActorRequest
{
    internal IActorRef Subject { get; } = subject;

    internal bool Watches { get; } = watches;
}

internal sealed class SpawnRequest(Props props, string? name) : TestActorRequest
{
    internal Props Props { get; } = props;

    internal string? Name { get; } = name;
}

internal sealed class SetIgnore(Func<object, bool>? ignore) : TestActorRequest
{
    internal Func<object, bool>? Ignore { get; } = ignore;
}

internal sealed class SetAutoPilot(AutoPilot pilot)
{
    internal AutoPilot Pilot { get; } = pilot;
}
