using System.Globalization;
using Akka.Actor;
using Akka.Event;
using Akka.Pattern;

namespace Akka.Streams.Implementation;

internal sealed class ActorMaterializerImpl : ActorMaterializer
{
    private static int s_supervisors = -1;

    private readonly Shared _shared;
    private readonly string _namePrefix;

    public ActorMaterializerImpl(ActorSystem system, IActorRefFactory parent, ActorMaterializerSettings settings, string? namePrefix)
    {
        System = system;
        Settings = settings;
        _namePrefix = namePrefix ?? "Flow";
        _shared = new Shared();
        var number = Interlocked.Increment(ref s_supervisors).ToString(CultureInfo.InvariantCulture);
        Supervisor = parent.ActorOf(PropsOf(new StreamSupervisor.Producer(_shared)), "StreamSupervisor-" + number);
        Logger = Logging.GetLogger(system, this);
    }

    private ActorMaterializerImpl(ActorMaterializerImpl other, string namePrefix)
    {
        System = other.System;
        Settings = other.Settings;
        Supervisor = other.Supervisor;
        Logger = other.Logger;
        _shared = other._shared;
        _namePrefix = namePrefix;
    }

    public override ActorMaterializerSettings Settings { get; }

    public override bool IsShutdown => _shared.HasShutDown != 0;

    public override ActorSystem System { get; }

    public override ILoggingAdapter Logger { get; }

    public override IActorRef Supervisor { get; }

    public override IMaterializer WithNamePrefix(string namePrefix) => new ActorMaterializerImpl(this, namePrefix);

    public override TMat Materialize<TMat>(IGraph<ClosedShape, TMat> runnable) => Materialize(runnable, Attributes.None);

    public override TMat Materialize<TMat>(IGraph<ClosedShape, TMat> runnable, Attributes initialAttributes)
    {
        if (IsShutdown)
            throw new IllegalStateException("The materializer has been shut down and starts no more streams.");
        var assembly = new GraphAssembly(this, NextStreamName());
        var value = (TMat)((Module)runnable.Module).Materialize(assembly, initialAttributes)!;
        var name = assembly.Name + "-" + runnable.Module.Attributes.GetNameOrDefault("stream");
        // Any thread may start a stream, which is more than the supervisor's own context allows.
        ((LocalActorRef)Supervisor).Cell.AttachChild(PropsOf(new StreamActor.Producer(this, assembly)), name);
        return value;
    }

    public override ICancelable ScheduleOnce(TimeSpan delay, Action action) =>
        System.Scheduler.Advanced.ScheduleOnceCancelable(delay, action);

    public override ICancelable ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action) =>
        System.Scheduler.Advanced.ScheduleRepeatedlyCancelable(initialDelay, interval, action);

    public override ILoggingAdapter MakeLogger(object logSource) => Logging.GetLogger(System, logSource);

    public override void Shutdown()
    {
        if (Interlocked.Exchange(ref _shared.HasShutDown, 1) == 0)
            Supervisor.Tell(PoisonPill.Instance, ActorRefs.NoSender);
    }

    private Props PropsOf(IIndirectActorProducer producer)
    {
        var props = Props.CreateBy(producer);
        return Settings.Dispatcher.Length == 0 ? props : props.WithDispatcher(Settings.Dispatcher);
    }

    private string NextStreamName() =>
        string.Create(CultureInfo.InvariantCulture, $"{_namePrefix}-{Interlocked.Increment(ref _shared.Streams) - 1}");

    /// <summary>What all materializers of one supervisor have in common, and the supervisor itself.</summary>
    internal sealed class Shared
    {
        public int HasShutDown;
        public int Streams;
    }
}
