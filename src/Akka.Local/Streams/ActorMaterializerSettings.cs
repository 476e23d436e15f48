using Akka.Actor;

namespace Akka.Streams;

/// <summary>How streams run. Immutable; read from akka.stream.materializer unless made otherwise.</summary>
public sealed class ActorMaterializerSettings
{
    private const string Section = "akka.stream.materializer.";

    private ActorMaterializerSettings(int initialInputBufferSize, int maxInputBufferSize, string dispatcher, int syncProcessingLimit)
    {
        if (initialInputBufferSize <= 0 || initialInputBufferSize > maxInputBufferSize)
            throw new ArgumentException("The initial input buffer holds at least one element and not more than the full one");
        if (syncProcessingLimit <= 0)
            throw new ArgumentException("At least one event is processed at a time", nameof(syncProcessingLimit));
        InitialInputBufferSize = initialInputBufferSize;
        MaxInputBufferSize = maxInputBufferSize;
        Dispatcher = dispatcher;
        SyncProcessingLimit = syncProcessingLimit;
    }

    /// <summary>Without asynchronous boundaries there is no input buffer, so the sizes have no effect here.</summary>
    public int InitialInputBufferSize { get; }

    public int MaxInputBufferSize { get; }

    /// <summary>Where streams run; empty for the default dispatcher.</summary>
    public string Dispatcher { get; }

    /// <summary>How many events a stream processes before others get their turn on its thread.</summary>
    public int SyncProcessingLimit { get; }

    public static ActorMaterializerSettings Create(ActorSystem system)
    {
        var config = system.Settings.Config;
        return new ActorMaterializerSettings(
            config.GetInt(Section + "initial-input-buffer-size", 4),
            config.GetInt(Section + "max-input-buffer-size", 16),
            config.GetString(Section + "dispatcher", ""),
            config.GetInt(Section + "sync-processing-limit", 1000));
    }

    public ActorMaterializerSettings WithInputBuffer(int initialSize, int maxSize) =>
        new(initialSize, maxSize, Dispatcher, SyncProcessingLimit);

    public ActorMaterializerSettings WithDispatcher(string dispatcher) =>
        new(InitialInputBufferSize, MaxInputBufferSize, dispatcher, SyncProcessingLimit);

    public ActorMaterializerSettings WithSyncProcessingLimit(int limit) =>
        new(InitialInputBufferSize, MaxInputBufferSize, Dispatcher, limit);
}
