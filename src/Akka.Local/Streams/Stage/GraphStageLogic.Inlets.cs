using Akka.Streams.Implementation;

namespace Akka.Streams.Stage;

/// <summary>What a stage can do with its inlets.</summary>
public abstract partial class GraphStageLogic
{
    protected internal void SetHandler<T>(Inlet<T> inlet, IInHandler handler)
    {
        Handlers[inlet.Id] = handler;
        if (_interpreter is not null)
            Connections[inlet.Id].InHandler = handler;
    }

    protected internal void SetHandler<T>(
        Inlet<T> inlet, Action onPush, Action? onUpstreamFinish = null, Action<Exception>? onUpstreamFailure = null)
    {
        ArgumentNullException.ThrowIfNull(onPush);
        SetHandler(inlet, new LambdaInHandler(onPush, onUpstreamFinish, onUpstreamFailure));
    }

    protected IInHandler GetHandler<T>(Inlet<T> inlet) => (IInHandler)Handlers[inlet.Id]!;

    /// <summary>Asks for one element.</summary>
    /// <exception cref="ArgumentException">It was asked for already, or the inlet is closed.</exception>
    protected internal void Pull<T>(Inlet<T> inlet)
    {
        var connection = Connections[inlet.Id];
        if (connection.InClosed)
            throw new ArgumentException($"Cannot pull a closed port ({inlet})");
        if (connection.Transfer != Transfer.Idle)
            throw new ArgumentException($"Cannot pull port twice ({inlet})");
        connection.Transfer = Transfer.Pulling;
        if (!connection.OutClosed)
            Interpreter.Pulled(connection);
    }

    /// <summary>As <see cref="Pull{T}"/>, but nothing if the inlet is closed.</summary>
    protected internal void TryPull<T>(Inlet<T> inlet)
    {
        if (!IsClosed(inlet))
            Pull(inlet);
    }

    /// <summary>Takes the element that was pushed; it can be taken once.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    protected internal T Grab<T>(Inlet<T> inlet)
    {
        var connection = (Connection<T>)Connections[inlet.Id];
        if (!connection.HasElement || connection.Transfer != Transfer.Idle)
            throw new ArgumentException($"Cannot get element from already empty input port ({inlet})");
        return connection.Take();
    }

    /// <summary>Whether there is an element to grab.</summary>
    protected internal bool IsAvailable<T>(Inlet<T> inlet)
    {
        var connection = Connections[inlet.Id];
        return connection.HasElement && connection.Transfer == Transfer.Idle;
    }

    protected bool HasBeenPulled<T>(Inlet<T> inlet)
    {
        var connection = Connections[inlet.Id];
        return connection.Transfer != Transfer.Idle && !connection.InClosed;
    }

    protected bool IsClosed<T>(Inlet<T> inlet) => Connections[inlet.Id].InClosed;

    /// <summary>Wants no more elements; one that has not been grabbed is lost.</summary>
    protected void Cancel<T>(Inlet<T> inlet) => Cancel(inlet, SubscriptionWithCancelException.NoMoreElementsNeeded.Instance);

    protected void Cancel<T>(Inlet<T> inlet, Exception cause) => Interpreter.Cancel(Connections[inlet.Id], cause);

    protected sealed class LambdaInHandler(
        Action onPush, Action? onUpstreamFinish = null, Action<Exception>? onUpstreamFailure = null) : InHandler
    {
        public override void OnPush() => onPush();

        public override void OnUpstreamFinish()
        {
            if (onUpstreamFinish is null)
                base.OnUpstreamFinish();
            else
                onUpstreamFinish();
        }

        public override void OnUpstreamFailure(Exception e)
        {
            if (onUpstreamFailure is null)
                base.OnUpstreamFailure(e);
            else
                onUpstreamFailure(e);
        }
    }
}
