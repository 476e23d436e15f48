using Akka.Actor;

namespace Akka.Contract.Tests;

/// <summary>A supervisor with a strategy of the test's, and children of it.</summary>
public abstract class SupervisionSpec : ContractSpec
{
    protected (IActorRef Boss, IActorRef Child) Supervise(SupervisorStrategy strategy)
    {
        var boss = Sys.ActorOf(Boss.Props(CreateTestProbe().Ref, strategy));
        return (boss, Make(boss));
    }

    /// <summary>A child that tells the test actor of its life from after its start.</summary>
    protected IActorRef Make(IActorRef parent)
    {
        parent.Tell(new Subject.Make(Subject.Props(TestActor)));
        IActorRef? child = null;
        for (var i = 0; i < 2; i++)
            child = ExpectMsg<object>() is Subject.Born born ? born.Who : child;
        return child!;
    }
}
