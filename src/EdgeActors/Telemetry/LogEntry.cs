using EdgeActors.Settings;

namespace EdgeActors.Telemetry;

/// <summary>The steps of a connection that are logged, and everything else.</summary>
public enum LogKind : byte
{
    /// <summary>A message of Edge's own, or of Akka's.</summary>
    Text,

    /// <summary>A client has come.</summary>
    Accept,

    /// <summary>Its hello was read, it may stay, and its backend is found.</summary>
    Request,

    /// <summary>It is joined with a server.</summary>
    Connect,

    /// <summary>It is over.</summary>
    Close,

    /// <summary>Others of which nothing was written are summed up. Only for the log.</summary>
    Drops,
}

/// <summary>Something that happened, on its way to the log and to those who watch.</summary>
/// <param name="Record">For a step; its later fields may be filled in meanwhile, so a line says only what its step knows.</param>
/// <param name="Text">For text.</param>
public readonly record struct LogEntry(
    LogKind Kind, DateTimeOffset When, ConnectionRecord? Record, string? Text, LogThreshold Level)
{
    /// <summary>Who says the text, if it is not Edge itself.</summary>
    public string? Source { get; init; }

    /// <summary>For a close.</summary>
    public ConnectionCounts Counts { get; init; }
}

/// <summary>How many connections there were when one ended, as HAProxy counts them: it is still among those of process and listener, its server
/// has it no more.</summary>
/// <param name="Ahead">Connections that waited for the backend before it, when it had to wait; 0 when it had not.</param>
public readonly record struct ConnectionCounts(int Process, int Listener, int Backend, int Server, int Ahead);
