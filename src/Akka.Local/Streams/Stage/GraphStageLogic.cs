using Akka.Event;
using Akka.Pattern;
using Akka.Streams.Implementation;

namespace Akka.Streams.Stage;

/// <summary>
/// The behaviour and the mutable state of one stage in one running stream. All of it runs on one thread at a time, so it needs no
/// locks; the only way in from elsewhere is <see cref="GetAsyncCallback{T}"/>. In the constructor nothing but setting handlers
/// and making callbacks is allowed.
/// </summary>
public abstract partial class GraphStageLogic
{
    public static readonly InHandler EagerTerminateInput = Stage.EagerTerminateInput.Instance;
    public static readonly InHandler IgnoreTerminateInput = Stage.IgnoreTerminateInput.Instance;
    public static readonly InHandler TotallyIgnorantInput = Stage.TotallyIgnorantInput.Instance;
    public static readonly OutHandler EagerTerminateOutput = Stage.EagerTerminateOutput.Instance;
    public static readonly OutHandler IgnoreTerminateOutput = Stage.IgnoreTerminateOutput.Instance;

    public readonly int InCount;
    public readonly int OutCount;

    // By port: the inlets first, then the outlets.
    internal readonly object?[] Handlers;
    internal readonly Connection[] Connections;

    internal int OpenPorts;
    internal bool KeepsGoing;
    internal bool IsStopped;

    private volatile GraphInterpreter? _interpreter;
    private ILoggingAdapter? _log;

    protected GraphStageLogic(int inCount, int outCount)
    {
        InCount = inCount;
        OutCount = outCount;
        OpenPorts = inCount + outCount;
        Handlers = new object?[OpenPorts];
        Connections = new Connection[OpenPorts];
    }

    protected GraphStageLogic(Shape shape) : this(shape.Inlets.Length, shape.Outlets.Length)
    {
    }

    public ILoggingAdapter Log => _log ??= ((ActorMaterializer)Interpreter.Materializer).MakeLogger(LogSource);

    /// <summary>Who the lines of <see cref="Log"/> are from.</summary>
    protected virtual object LogSource => GetType();

    protected IMaterializer Materializer => Interpreter.Materializer;

    internal GraphInterpreter Interpreter
    {
        get => _interpreter ?? throw new IllegalStateException(
            "The stage has not been started yet: in the constructor of a GraphStageLogic only handlers may be set.");
        set => _interpreter = value;
    }

    /// <summary>All ports are closed and nothing holds the stage alive.</summary>
    internal bool HasEnded => OpenPorts == 0 && !KeepsGoing;

    /// <summary>Called once before any event.</summary>
    public virtual void PreStart()
    {
    }

    /// <summary>Called exactly once after the last event, however the stage ended.</summary>
    public virtual void PostStop()
    {
    }

    /// <summary>Completes all outlets and cancels all inlets. What was emitted and has not been pushed yet still goes out first.</summary>
    public void CompleteStage() => EndStage(SubscriptionWithCancelException.StageWasCompleted.Instance, null);

    /// <summary>Fails all outlets and cancels all inlets with the same cause.</summary>
    public void FailStage(Exception reason) => EndStage(reason, reason);

    /// <summary>Ends the stage because its downstream cancelled: completes it, or fails it if a failure was the cause.</summary>
    public void CancelStage(Exception cause) =>
        EndStage(cause, cause is SubscriptionWithCancelException.NonFailureCancellation ? null : cause);

    protected internal virtual void BeforePreStart()
    {
    }

    protected internal virtual void AfterPostStop()
    {
        _stageActor?.Stop();
        _stageActor = null;
    }

    /// <summary>Whether the stage goes on after all its ports have closed, until it completes itself.</summary>
    protected void SetKeepGoing(bool enabled) => KeepsGoing = enabled;

    private void EndStage(Exception cancelCause, Exception? failure)
    {
        var interpreter = Interpreter;
        for (var i = 0; i < InCount; i++)
            interpreter.Cancel(Connections[i], cancelCause);
        for (var i = InCount; i < Connections.Length; i++)
        {
            if (failure is not null)
                interpreter.Fail(Connections[i], failure);
            else if (Handlers[i] is Emission emission)
                emission.CompleteAfterwards();
            else
                interpreter.Complete(Connections[i]);
        }
        KeepsGoing = false;
    }
}
