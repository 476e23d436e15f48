using System.Globalization;
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Event;

namespace Akka.Streams.Stage;

public static class StageActorRef
{
    /// <summary>Runs in the stage, with the sender and the message.</summary>
    public delegate void Receive((IActorRef, object) args);
}

/// <summary>A stage's way to talk with actors. It is no real actor: it ends with the stage and ignores attempts to stop it.</summary>
public sealed class StageActor
{
    private static int s_made;

    private readonly FunctionRef _ref;
    private readonly Action<(IActorRef, object)> _callback;
    private readonly ILoggingAdapter _log;
    private StageActorRef.Receive _behavior;

    internal StageActor(
        ActorMaterializer materializer,
        Func<StageActorRef.Receive, Action<(IActorRef, object)>> getAsyncCallback,
        StageActorRef.Receive initialReceive,
        string name)
    {
        _callback = getAsyncCallback(args => _behavior!(args));
        _behavior = initialReceive;
        _log = materializer.Logger;
        var number = Interlocked.Increment(ref s_made).ToString(CultureInfo.InvariantCulture);
        var path = materializer.Supervisor.Path / (name.Length == 0 ? "$$" + number : name + "-" + number);
        _ref = new FunctionRef((ActorSystemImpl)materializer.System, path, OnMessage);
    }

    public IActorRef Ref => _ref;

    /// <summary>Replaces the behaviour.</summary>
    public void Become(StageActorRef.Receive receive) => Volatile.Write(ref _behavior, receive);

    public void Stop() => _ref.Stop();

    /// <summary>The behaviour gets a <see cref="Terminated"/> once the actor is gone.</summary>
    public void Watch(IActorRef actorRef) => _ref.Watch(actorRef);

    public void Unwatch(IActorRef actorRef) => _ref.Unwatch(actorRef);

    private void OnMessage(IActorRef sender, object message)
    {
        if (message is PoisonPill or Kill)
            _log.Warning("{0} to the stage actor {1} is ignored: it ends with its stage.", message, _ref.Path);
        else
            _callback((sender, message));
    }
}

/// <summary>The stage actor was asked for before there was one.</summary>
public class StageActorRefNotInitializedException : Exception
{
    public static readonly StageActorRefNotInitializedException Instance = new();

    private StageActorRefNotInitializedException() : base("GetStageActor(receive) must be called first, to give the stage actor its behaviour.")
    {
    }
}
