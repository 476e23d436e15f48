using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Event;
using Akka.TestKit.Internal;

namespace Akka.TestKit;

/// <summary>A test's view of an actor system: a test actor whose messages the test expects one by one.</summary>
public abstract partial class TestKitBase : IActorRefFactory
{
    private static int s_lastTestActor = -1;

    private readonly ITestKitAssertions _assertions;
    private readonly ReceivedMessages _queue = new();
    private MessageEnvelope _last = NullMessageEnvelope.Instance;

    protected TestKitBase(ITestKitAssertions assertions, ActorSystem? system = null, string? testActorName = null)
        : this(assertions, system, ActorSystemSetup.Empty, null, testActorName)
    {
    }

    protected TestKitBase(ITestKitAssertions assertions, ActorSystemSetup setup, string? actorSystemName = null, string? testActorName = null)
        : this(assertions, null, setup, actorSystemName, testActorName)
    {
    }

    protected TestKitBase(ITestKitAssertions assertions, Config config, string? actorSystemName = null, string? testActorName = null)
        : this(assertions, null, ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(config)), actorSystemName, testActorName)
    {
    }

    protected TestKitBase(ITestKitAssertions assertions, ActorSystem? system, ActorSystemSetup config, string? actorSystemName, string? testActorName)
    {
        _assertions = assertions;
        Sys = system ?? ActorSystem.Create(actorSystemName ?? "test", WithDefaults(config));
        TestKitSettings = TestKitExtension.For(Sys);
        Log = Logging.GetLogger(Sys, GetType());
        EventFilter = new EventFilterFactory(this, Sys);
        TestActor = CreateTestActor(testActorName ?? "testActor" + Interlocked.Increment(ref s_lastTestActor));
        if (this is TestProbe)
            return;
        var cell = this is INoImplicitSender ? null : ((LocalActorRef)TestActor).Cell;
        ActorCell.Current = cell;
        SynchronizationContext.SetSynchronizationContext(new SenderKeepingSynchronizationContext(cell));
    }

    public static Config DefaultConfig { get; } = ConfigurationFactory.ParseString("""
        akka {
          loggers = ["Akka.TestKit.TestEventListener, Akka.Local.TestKit"]
          test {
            timefactor = 1.0
            filter-leeway = 3s
            single-expect-default = 3s
            default-timeout = 5s
          }
        }
        """);

    public static TimeSpan Now => TimeSpan.FromTicks(DateTime.UtcNow.Ticks);

    public ActorSystem Sys { get; }

    public TestKitSettings TestKitSettings { get; }

    /// <summary>The sender of all that the test tells, and the receiver of all that it expects.</summary>
    public IActorRef TestActor { get; }

    public ILoggingAdapter Log { get; }

    public EventFilterFactory EventFilter { get; }

    public object LastMessage => _last.Message;

    public IActorRef LastSender => _last.Sender;

    public bool HasMessages => _queue.HasMessages;

    public EventFilterFactory CreateEventFilter(ActorSystem system) => new(this, system);

    public virtual TestProbe CreateTestProbe(string? name = null) => CreateTestProbe(Sys, name);

    public virtual TestProbe CreateTestProbe(ActorSystem system, string? name = null) => new(system, _assertions, name);

    public IActorRef CreateTestActor(string name) =>
        ((ExtendedActorSystem)Sys).SystemActorOf(Props.CreateBy(new InternalTestActor.Producer(_queue)), name);

    public void IgnoreMessages(Func<object, bool> shouldIgnoreMessage) => Request(new SetIgnore(shouldIgnoreMessage));

    public void IgnoreMessages<TMsg>() => IgnoreMessages(static m => m is TMsg);

    public void IgnoreMessages<TMsg>(Func<TMsg, bool> shouldIgnoreMessage) => IgnoreMessages(m => m is TMsg typed && shouldIgnoreMessage(typed));

    public void IgnoreNoMessages() => Request(new SetIgnore(null));

    public IActorRef Watch(IActorRef actorToWatch) => Request(new WatchRequest(actorToWatch, watches: true));

    public Task<IActorRef> WatchAsync(IActorRef actorToWatch) => RequestAsync(new WatchRequest(actorToWatch, watches: true));

    public IActorRef Unwatch(IActorRef actorToUnwatch) => Request(new WatchRequest(actorToUnwatch, watches: false));

    public Task<IActorRef> UnwatchAsync(IActorRef actorToUnwatch) => RequestAsync(new WatchRequest(actorToUnwatch, watches: false));

    public void SetAutoPilot(AutoPilot pilot) => TestActor.Tell(new SetAutoPilot(pilot), ActorRefs.NoSender);

    public virtual void Shutdown(TimeSpan? duration = null, bool verifySystemShutdown = false) => Shutdown(Sys, duration, verifySystemShutdown);

    protected virtual void Shutdown(ActorSystem system, TimeSpan? duration = null, bool verifySystemShutdown = false)
    {
        var limit = duration ?? Dilated(TimeSpan.FromSeconds(5));
        if (limit > TimeSpan.FromSeconds(10))
            limit = TimeSpan.FromSeconds(10);
        if (system.Terminate().Wait(limit))
            return;
        var message = $"Failed to stop [{system.Name}] within [{limit}]\n{((ExtendedActorSystem)system).PrintTree()}";
        if (verifySystemShutdown)
            throw new TimeoutException(message);
        system.Log.Warning(message);
    }

    /// <summary>The thread that ran the test goes on to other things.</summary>
    protected void LeaveTestActor()
    {
        ActorCell.Current = null;
        if (SynchronizationContext.Current is SenderKeepingSynchronizationContext)
            SynchronizationContext.SetSynchronizationContext(null);
    }

    private protected IActorRef Request(TestActorRequest request) => RequestAsync(request).GetAwaiter().GetResult();

    private protected Task<IActorRef> RequestAsync(TestActorRequest request)
    {
        TestActor.Tell(request, ActorRefs.NoSender);
        return request.Done.Task.WaitAsync(Dilated(TestKitSettings.DefaultTimeout));
    }

    private static ActorSystemSetup WithDefaults(ActorSystemSetup setup)
    {
        var bootstrap = setup.Get<BootstrapSetup>();
        return setup.WithSetup((bootstrap.HasValue ? bootstrap.Value : BootstrapSetup.Create()).WithConfigFallback(DefaultConfig));
    }
}
