using Akka.Actor;
using EdgeActors.Node;

namespace EdgeActors.Tests;

/// <summary>Starts an actor as a node does: below a parent that has it go on after a failure.</summary>
internal static class Supervised
{
    public static IActorRef ActorOf(ActorSystem system, Props props)
    {
        var started = new TaskCompletionSource<IActorRef>(TaskCreationOptions.RunContinuationsAsynchronously);
        system.ActorOf(NodeActor.Props(parent => started.SetResult(parent.ActorOf(props))));
        return started.Task.WaitAsync(Eventually.Deadline).GetAwaiter().GetResult();
    }
}
