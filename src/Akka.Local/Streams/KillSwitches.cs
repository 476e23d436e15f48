using Akka.Streams.Implementation.Stages;

namespace Akka.Streams;

/// <summary>Flows that can be closed from outside: they complete downstream and cancel upstream, or fail both ways.</summary>
public static class KillSwitches
{
    /// <summary>A switch of its own for each stream.</summary>
    public static IGraph<FlowShape<T, T>, UniqueKillSwitch> Single<T>() => UniqueKillSwitchStage<T>.Instance;

    /// <summary>One switch for all streams that its flows are used in.</summary>
    public static SharedKillSwitch Shared(string name) => new(name);
}

/// <summary>May be used from any thread; the first call decides.</summary>
public interface IKillSwitch
{
    void Shutdown();

    void Abort(Exception cause);
}

public sealed class UniqueKillSwitch : IKillSwitch
{
    private readonly TaskCompletionSource _signal = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal UniqueKillSwitch()
    {
    }

    internal Task Signal => _signal.Task;

    public void Shutdown() => _signal.TrySetResult();

    public void Abort(Exception cause) => _signal.TrySetException(cause);

    public override string ToString() => $"UniqueKillSwitch({GetHashCode()})";
}

public sealed class SharedKillSwitch : IKillSwitch
{
    private readonly TaskCompletionSource _signal = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _name;

    internal SharedKillSwitch(string name) => _name = name;

    internal Task Signal => _signal.Task;

    public void Shutdown() => _signal.TrySetResult();

    public void Abort(Exception cause) => _signal.TrySetException(cause);

    /// <summary>A flow that ends when the switch is used, at once if it has been used before.</summary>
    public IGraph<FlowShape<T, T>, SharedKillSwitch> Flow<T>() => new SharedKillSwitchStage<T>(this);

    public override string ToString() => $"SharedKillSwitch({_name})";
}
