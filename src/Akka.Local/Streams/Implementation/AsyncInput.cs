using Akka.Event;
using Akka.Streams.Stage;

namespace Akka.Streams.Implementation;

/// <summary>Something that shall run inside a stage, handed over from outside. It is the message that its actor receives.</summary>
internal abstract class AsyncInput(GraphStageLogic logic) : IDeadLetterSuppression
{
    public readonly GraphStageLogic Logic = logic;

    public abstract void Run();
}

internal sealed class AsyncInput<T>(GraphStageLogic logic, Action<T> handler, T value) : AsyncInput(logic)
{
    public override void Run() => handler(value);
}

internal sealed class AsyncSignal(GraphStageLogic logic, Action handler) : AsyncInput(logic)
{
    public override void Run() => handler();
}

/// <summary>Where a graph's asynchronous inputs go on threads other than the one that runs it.</summary>
internal interface IAsyncInputs
{
    void Post(AsyncInput input);
}
