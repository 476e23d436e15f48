namespace Akka.Actor;

/// <summary>The fixed points of a system's tree.</summary>
public interface IActorRefProvider
{
    IInternalActorRef RootGuardian { get; }

    LocalActorRef Guardian { get; }

    LocalActorRef SystemGuardian { get; }

    IActorRef DeadLetters { get; }

    IActorRef IgnoreRef { get; }

    ActorPath RootPath { get; }

    Address DefaultAddress { get; }

    Settings Settings { get; }

    Task TerminationTask { get; }

    IInternalActorRef TempContainer { get; }

    /// <summary>A path under /temp that nothing else has.</summary>
    ActorPath TempPath();

    /// <summary>The actor at that path; a reference that leads to dead letters when there is none.</summary>
    IActorRef ResolveActorRef(string path);

    IActorRef ResolveActorRef(ActorPath actorPath);

    Address? GetExternalAddressFor(Address address);
}
