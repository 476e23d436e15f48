namespace EdgeActors.Settings;

/// <param name="Connections">Whether each connection writes its lifecycle lines.</param>
/// <param name="Queue">Lines that may wait for the writer; beyond it lines are dropped and counted.</param>
/// <param name="Level">The least severe message that is written; it may change while Edge runs.</param>
public sealed record LogSettings(bool Connections, int Queue, LogThreshold Level)
{
    public LogFormat Format { get; init; }

    /// <summary>Which lines a connection writes, where it writes any.</summary>
    public LogSteps Steps { get; init; } = LogSteps.All;

    /// <summary>How few of the connections are logged that end before a server is asked. Null: all of them are.</summary>
    public DropLogSettings? Drops { get; init; }

    /// <summary>Whether the lines say what a hello says of its client.</summary>
    public bool Hello { get; init; }
}

/// <summary>What a line of the log looks like.</summary>
public enum LogFormat
{
    Text,
    Json,
}

/// <summary>The lifecycle lines of a connection.</summary>
[Flags]
public enum LogSteps
{
    None = 0,
    Accept = 1,
    Request = 2,
    Connect = 4,
    Close = 8,
    All = Accept | Request | Connect | Close,
}

/// <param name="Sample">One of so many is logged.</param>
/// <param name="Rate">At most so many a second. Null: any number.</param>
public sealed record DropLogSettings(int Sample, int? Rate);

/// <summary>From the most talkative to the quietest.</summary>
public enum LogThreshold
{
    Debug,
    Info,
    Warning,
    Error,
}

/// <summary>Where metrics and spans are sent.</summary>
/// <param name="Endpoint">The collector's base address, to which <c>/v1/metrics</c> and <c>/v1/traces</c> are appended.</param>
/// <param name="Traces">The share of connections that a span is sent of, 0 to 1.</param>
/// <param name="Headers">Of each request: <c>name=value</c>, with commas between them. May hold a secret.</param>
public sealed record OtlpSettings(Uri Endpoint, TimeSpan Interval, double Traces, string Headers)
{
    /// <summary>Without the headers.</summary>
    public override string ToString() => $"{Endpoint}, each {Interval}, {Traces} of the connections";
}
