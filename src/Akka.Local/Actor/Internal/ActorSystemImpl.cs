using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace Akka.Actor.Internal;

internal sealed class ActorSystemImpl : ExtendedActorSystem
{
    private readonly ExtensionRegistry _extensions;
    private readonly TerminationCallbacks _termination = new();
    private readonly HashedWheelTimerScheduler _scheduler;
    private readonly LocalActorRefProvider _provider;
    private long _tempNumber = -1;

    internal ActorSystemImpl(string name, Config config, ActorSystemSetup setup)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (!IsValidName(name))
        {
            throw new ArgumentException(
                $"Invalid ActorSystem name [{name}], must contain only word characters (i.e. [a-zA-Z0-9] plus non-leading '-' or '_')", nameof(name));
        }

        Name = name;
        Settings = new Settings(this, config, setup);
        RejectOtherProviders(setup);
        EventStream = new EventStream(debug: false);
        EventStream.StartStdoutLogger(Settings);
        Log = Logging.GetLogger(EventStream, this);
        _scheduler = new HashedWheelTimerScheduler(Settings.Config, Log);
        Dispatchers = new Dispatchers(new DispatcherPrerequisites(EventStream, _scheduler, Settings));
        _provider = new LocalActorRefProvider(this);
        _extensions = new ExtensionRegistry(this);
    }

    public override string Name { get; }

    public override Settings Settings { get; }

    public override EventStream EventStream { get; }

    public override ILoggingAdapter Log { get; }

    public override IScheduler Scheduler => _scheduler;

    public override Dispatchers Dispatchers { get; }

    public override IActorRefProvider Provider => _provider;

    public override IActorRef DeadLetters => _provider.DeadLetters;

    public override IActorRef IgnoreRef => _provider.IgnoreRef;

    public override IInternalActorRef Guardian => _provider.Guardian;

    public override IInternalActorRef SystemGuardian => _provider.SystemGuardian;

    public override IInternalActorRef LookupRoot => _provider.RootGuardian;

    public override Task WhenTerminated => _termination.Done;

    internal bool IsStopping { get; private set; }

    public override IActorRef ActorOf(Props props, string? name = null) => _provider.Guardian.Cell.AttachChild(props, name);

    public override IActorRef SystemActorOf(Props props, string? name = null) => _provider.SystemGuardian.Cell.AttachChild(props, name);

    public override IActorRef SystemActorOf<TActor>(string? name = null) => SystemActorOf(Props.Create<TActor>(), name);

    public override ActorSelection ActorSelection(ActorPath actorPath) => ActorSelections.For(actorPath, this);

    public override ActorSelection ActorSelection(string actorPath) => ActorSelections.For(actorPath, this, _provider.RootGuardian);

    public override void Stop(IActorRef actor) => ((IInternalActorRef)actor).Stop();

    public override Task Terminate()
    {
        if (Settings.CoordinatedShutdownRunByActorSystemTerminate)
            CoordinatedShutdown.Get(this).Run(CoordinatedShutdown.ActorSystemTerminateReason.Instance);
        else
            FinalTerminate();
        return WhenTerminated;
    }

    public override void Abort() => FinalTerminate();

    public override void RegisterOnTermination(Action code) => _termination.Add(code);

    public override object RegisterExtension(IExtensionId extension) => _extensions.Register(extension);

    public override object GetExtension(IExtensionId extensionId) => _extensions.Get(extensionId.ExtensionType, extensionId);

    public override T GetExtension<T>() => (T)_extensions.Get(typeof(T), null);

    public override bool HasExtension(Type type) => _extensions.Has(type);

    public override bool HasExtension<T>() => _extensions.Has(typeof(T));

    public override bool TryGetExtension(Type extensionType, out object extension) => _extensions.TryGet(extensionType, out extension);

    public override bool TryGetExtension<T>(out T extension)
    {
        var found = _extensions.TryGet(typeof(T), out var any);
        extension = (any as T)!;
        return found;
    }

    public override string PrintTree() => TreePrinter.Print(_provider);

    public override string ToString() => LookupRoot.Path.Root.Address.ToString();

    internal long NextTempNumber() => Interlocked.Increment(ref _tempNumber);

    internal void Start()
    {
        _provider.SystemGuardian.Start();
        _provider.Guardian.Start();
        _provider.TerminationTask.ContinueWith(_ => Ended(), TaskScheduler.Default);
        try
        {
            EventStream.StartDefaultLoggers(this);
            if (Settings.LogDeadLetters > 0)
                SystemActorOf<DeadLetterListener>("deadLetterListener");
            CoordinatedShutdown.Get(this);
        }
        catch
        {
            FinalTerminate();
            throw;
        }
    }

    internal void FinalTerminate()
    {
        IsStopping = true;
        if (!Settings.LogDeadLettersDuringShutdown && _provider.SystemGuardian.Cell.GetSingleChild("deadLetterListener") is { } listener)
            listener.Stop();
        _provider.Guardian.Stop();
    }

    private void Ended()
    {
        _scheduler.Dispose();
        _termination.Run(Log);
    }

    private void RejectOtherProviders(ActorSystemSetup setup)
    {
        var bootstrap = setup.Get<BootstrapSetup>();
        var provider = bootstrap.HasValue && bootstrap.Value.ActorRefProvider.HasValue
            ? bootstrap.Value.ActorRefProvider.Value.Identifier
            : Settings.ProviderClass;
        if (provider is not ("local" or "Akka.Actor.LocalActorRefProvider"))
        {
            throw new ConfigurationException(
                $"akka.actor.provider = {provider} is not possible: this build runs on the in-process runtime. Remoting and clustering need the packages Akka.Remote and Akka.Cluster.");
        }
    }

    private static bool IsValidName(string name) => !string.IsNullOrEmpty(name) && char.IsAsciiLetterOrDigit(name[0])
        && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
