using EdgeActors.Config;
using EdgeActors.Connection;

namespace EdgeActors.Telemetry;

/// <summary>The steps of a connection that are logged, and everything else.</summary>
internal enum LogKind
{
    Text,
    Accept,
    Connect,
    Close,
}

/// <param name="Record">For a step; its later fields may be filled in meanwhile, so a line says only what its step knows.</param>
/// <param name="Text">For text.</param>
internal readonly record struct LogEntry(
    LogKind Kind, DateTimeOffset When, ConnectionRecord? Record, string? Text, LogThreshold Level);
