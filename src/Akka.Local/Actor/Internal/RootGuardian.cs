using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Actor.Internal;

/// <summary>The parent of /user and /system. It ends them in that order, also when one of them fails, for nobody is left to ask.</summary>
internal sealed class RootGuardian(LocalActorRefProvider provider, ActorPath path, EventStream eventStream) : MinimalActorRef
{
    private readonly TaskCompletionSource _terminated = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override ActorPath Path { get; } = path;

    public override IActorRefProvider Provider => provider;

    public override IInternalActorRef Parent => this;

    public override bool IsTerminated => _terminated.Task.IsCompleted;

    internal Task Terminated => _terminated.Task;

    public override void Stop() => provider.Guardian.Stop();

    public override IActorRef GetChild(IReadOnlyList<string> name)
    {
        var rest = name.SkipWhile(static n => n.Length == 0 || n == "..").ToArray();
        if (rest.Length == 0)
            return this;
        LocalActorRef? first = rest[0] switch
        {
            "user" => provider.Guardian,
            "system" => provider.SystemGuardian,
            _ => null,
        };
        return first is null ? ActorRefs.Nobody : first.GetChild(rest[1..]);
    }

    internal override void SendSystemMessage(SystemMessage message)
    {
        switch (message)
        {
            case Failed failed:
                eventStream.Publish(new Error(failed.Cause, failed.Child.Path.ToString(), typeof(RootGuardian), "guardian failed, shutting down system"));
                failed.Child.Stop();
                break;
            case DeathWatchNotification notification when ReferenceEquals(notification.Actor, provider.Guardian):
                provider.UserActorsEnded();
                provider.SystemGuardian.Stop();
                break;
            case DeathWatchNotification notification when ReferenceEquals(notification.Actor, provider.SystemGuardian):
                _terminated.TrySetResult();
                break;
        }
    }
}

/// <summary>/user or /system. It handles no messages but keeps children.</summary>
internal sealed class GuardianActor(SupervisorStrategy strategy) : ActorBase
{
    protected override bool Receive(object message) => true;

    protected override SupervisorStrategy SupervisorStrategy() => strategy;

    internal sealed class Producer(SupervisorStrategy strategy) : IIndirectActorProducer
    {
        public Type ActorType => typeof(GuardianActor);

        public ActorBase Produce() => new GuardianActor(strategy);

        public void Release(ActorBase actor)
        {
        }
    }
}
