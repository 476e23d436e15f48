namespace Akka.Cluster.Sharding;

public interface IShardRegionCommand;

/// <summary>
/// What an entity tells its parent when it wants to end. It gets the stop message back once everything that was on its way to it
/// has arrived; what comes later waits, and reaches the next entity of that id.
/// </summary>
public sealed class Passivate(object stopMessage) : IShardRegionCommand
{
    public object StopMessage { get; } = stopMessage;
}

/// <summary>Makes a region give all its entities the stop message, wait for their end, and stop.</summary>
public sealed class GracefulShutdown : IShardRegionCommand
{
    public static readonly GracefulShutdown Instance = new();

    private GracefulShutdown()
    {
    }
}
