namespace Akka.Actor.Internal;

internal sealed class LocalActorRefProvider : IActorRefProvider
{
    private readonly ActorSystemImpl _system;
    private readonly RootGuardian _root;
    private readonly ActorPath _tempPath;
    private readonly EmptyLocalActorRef _temp;

    internal LocalActorRefProvider(ActorSystemImpl system)
    {
        _system = system;
        DefaultAddress = new Address("akka", system.Name);
        RootPath = new RootActorPath(DefaultAddress);
        DeadLetters = new DeadLetterRef(this, RootPath / "deadLetters", system.EventStream);
        IgnoreRef = new IgnoreRef(this, RootPath / "ignore");
        _tempPath = RootPath / "temp";
        _temp = new EmptyLocalActorRef(this, _tempPath, system.EventStream);
        _root = new RootGuardian(this, RootPath, system.EventStream);
        SystemGuardian = Grow("system", SupervisorStrategy.DefaultStrategy);
        Guardian = Grow("user", SupervisorStrategyConfigurator.CreateConfigurator(system.Settings.SupervisorStrategyClass).Create());
    }

    public IInternalActorRef RootGuardian => _root;

    public LocalActorRef Guardian { get; }

    public LocalActorRef SystemGuardian { get; }

    public IActorRef DeadLetters { get; }

    public IActorRef IgnoreRef { get; }

    public ActorPath RootPath { get; }

    public Address DefaultAddress { get; }

    public Settings Settings => _system.Settings;

    public Task TerminationTask => _root.Terminated;

    public IInternalActorRef TempContainer => _temp;

    public ActorPath TempPath() => _tempPath / ("$" + NameSequence.Text(_system.NextTempNumber()));

    public IActorRef ResolveActorRef(string path) => ActorPath.TryParse(path, out var parsed) ? ResolveActorRef(parsed!) : DeadLetters;

    public IActorRef ResolveActorRef(ActorPath actorPath)
    {
        if (actorPath.Address != DefaultAddress)
            return new EmptyLocalActorRef(this, actorPath, _system.EventStream);
        var found = actorPath.Depth == 0 ? _root : _root.GetChild(actorPath.Elements);
        var wanted = actorPath.Uid == ActorPath.UndefinedUid || found.Path.Uid == actorPath.Uid;
        return found.IsNobody() || !wanted ? new EmptyLocalActorRef(this, actorPath, _system.EventStream) : found;
    }

    public Address? GetExternalAddressFor(Address address) => address == DefaultAddress ? address : null;

    /// <summary>The loggers are about to stop; from here on the log goes to standard output.</summary>
    internal void UserActorsEnded() => _system.EventStream.StopDefaultLoggers(Settings);

    private LocalActorRef Grow(string name, SupervisorStrategy strategy) => new(
        _system,
        _root,
        Props.CreateBy(new GuardianActor.Producer(strategy)),
        _system.Dispatchers.Lookup(Dispatch.Dispatchers.InternalDispatcherId),
        name);
}
