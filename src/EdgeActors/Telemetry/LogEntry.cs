using EdgeActors.Config;
using EdgeActors.Connection;

namespace EdgeActors.Telemetry;

/// <summary>The steps of a connection that are logged, and everything else.</summary>
public enum LogKind
{
    /// <summary>One of Edge's own messages.</summary>
    Text,

    /// <summary>A client has come.</summary>
    Accept,

    /// <summary>Its hello was read, it may stay, and its backend is found.</summary>
    Request,

    /// <summary>It is joined with a server.</summary>
    Connect,

    /// <summary>It is over.</summary>
    Close,
}

/// <summary>Something that happened, on its way to the log and to those who watch.</summary>
/// <param name="Record">For a step; its later fields may be filled in meanwhile, so a line says only what its step knows.</param>
/// <param name="Text">For text.</param>
public readonly record struct LogEntry(
    LogKind Kind, DateTimeOffset When, ConnectionRecord? Record, string? Text, LogThreshold Level);
