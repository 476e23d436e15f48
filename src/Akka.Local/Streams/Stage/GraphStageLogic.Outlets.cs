using Akka.Streams.Implementation;

namespace Akka.Streams.Stage;

/// <summary>What a stage can do with its outlets.</summary>
public abstract partial class GraphStageLogic
{
    protected internal void SetHandler<T>(Outlet<T> outlet, IOutHandler handler) => SetOutHandler(outlet, handler);

    protected internal void SetHandler<T>(Outlet<T> outlet, Action onPull, Action<Exception>? onDownstreamFinish = null)
    {
        ArgumentNullException.ThrowIfNull(onPull);
        SetOutHandler(outlet, new LambdaOutHandler(onPull, onDownstreamFinish));
    }

    protected internal void SetHandlers<TIn, TOut>(Inlet<TIn> inlet, Outlet<TOut> outlet, InAndOutGraphStageLogic handler)
    {
        SetHandler(inlet, handler);
        SetHandler(outlet, handler);
    }

    protected IOutHandler GetHandler<T>(Outlet<T> outlet) => (IOutHandler)Handlers[InCount + outlet.Id]!;

    /// <summary>Gives one element to the stage below, which must have pulled.</summary>
    /// <exception cref="ArgumentException">It has not pulled since the last push, or the outlet is closed.</exception>
    /// <exception cref="ArgumentNullException">The element is null.</exception>
    protected internal void Push<T>(Outlet<T> outlet, T element)
    {
        var connection = (Connection<T>)Connections[InCount + outlet.Id];
        if (element is null)
            throw new ArgumentNullException(nameof(element), "A stream's element must not be null");
        if (connection.OutClosed)
            throw new ArgumentException($"Cannot push closed port ({outlet})");
        if (connection.Transfer != Transfer.Pulled)
            throw new ArgumentException($"Cannot push port twice, or before it is pulled ({outlet})");
        connection.Transfer = Transfer.Pushing;
        // The other side may have cancelled and this one not know yet: the element is lost, which is no error.
        if (connection.InClosed) return;
        connection.Put(element);
        Interpreter.Pushed(connection);
    }

    /// <summary>Whether an element may be pushed.</summary>
    protected internal bool IsAvailable<T>(Outlet<T> outlet)
    {
        var connection = Connections[InCount + outlet.Id];
        return connection.Transfer == Transfer.Pulled && !connection.OutClosed;
    }

    protected bool IsClosed<T>(Outlet<T> outlet) => Connections[InCount + outlet.Id].OutClosed;

    /// <summary>Closes the outlet, after what was emitted and has not been pushed yet.</summary>
    protected void Complete<T>(Outlet<T> outlet)
    {
        if (GetHandler(outlet) is Emission emission)
            emission.CompleteAfterwards();
        else
            Interpreter.Complete(Connections[InCount + outlet.Id]);
    }

    protected void Fail<T>(Outlet<T> outlet, Exception reason) => Interpreter.Fail(Connections[InCount + outlet.Id], reason);

    private void SetOutHandler(Outlet outlet, IOutHandler handler)
    {
        var index = InCount + outlet.Id;
        Handlers[index] = handler;
        if (_interpreter is not null)
            Connections[index].OutHandler = handler;
    }

    protected sealed class LambdaOutHandler(Action onPull, Action<Exception>? onDownstreamFinish = null) : OutHandler
    {
        public override void OnPull() => onPull();

        public override void OnDownstreamFinish(Exception cause)
        {
            if (onDownstreamFinish is null)
                base.OnDownstreamFinish(cause);
            else
                onDownstreamFinish(cause);
        }
    }
}
