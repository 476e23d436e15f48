using Akka.Actor;
using Akka.Streams.Implementation;

namespace Akka.Streams.Stage;

/// <summary>The ways into a stage from other threads and from actors.</summary>
public abstract partial class GraphStageLogic
{
    private StageActor? _stageActor;

    /// <exception cref="StageActorRefNotInitializedException">Before the first <see cref="GetStageActor"/>.</exception>
    public StageActor StageActor => _stageActor ?? throw StageActorRefNotInitializedException.Instance;

    protected virtual string StageActorName => "";

    /// <summary>
    /// A delegate that any thread may call and that runs <paramref name="handler"/> in this stage some time later. The calls of
    /// one thread keep their order. Calls that arrive after the stage has ended are dropped. Make it once, not for every call.
    /// </summary>
    protected Action<T> GetAsyncCallback<T>(Action<T> handler) =>
        value => Interpreter.OnAsyncInput(new AsyncInput<T>(this, handler, value));

    /// <inheritdoc cref="GetAsyncCallback{T}"/>
    protected Action GetAsyncCallback(Action handler) =>
        () => Interpreter.OnAsyncInput(new AsyncSignal(this, handler));

    /// <summary>
    /// Gives the stage a reference that actors can tell and that can watch actors; <paramref name="receive"/> runs in the stage.
    /// Asked again it is the same reference with a new behaviour. It stops with the stage.
    /// </summary>
    protected StageActor GetStageActor(StageActorRef.Receive receive)
    {
        if (_stageActor is null)
        {
            _stageActor = new StageActor(
                (ActorMaterializer)Interpreter.Materializer, r => GetAsyncCallback<(IActorRef, object)>(args => r(args)), receive, StageActorName);
        }
        else
        {
            _stageActor.Become(receive);
        }
        return _stageActor;
    }
}
