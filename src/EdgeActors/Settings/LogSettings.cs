namespace EdgeActors.Settings;

/// <summary><c>edge.log</c></summary>
/// <param name="Drops">Null: every connection that ends before a server is asked is logged.</param>
public sealed record LogSettings(
    bool Connections,
    int Queue,
    LogThreshold Level,
    LogFormat Format = LogFormat.Text,
    LogSteps Steps = LogSteps.All,
    DropLogSettings? Drops = null,
    bool Hello = false);

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

public enum LogThreshold
{
    Debug,
    Info,
    Warning,
    Error,
}

/// <summary><c>edge.telemetry.otlp</c></summary>
/// <param name="Endpoint">The collector's base address, to which <c>/v1/metrics</c> and <c>/v1/traces</c> are appended.</param>
public sealed record OtlpSettings(Uri Endpoint, TimeSpan Interval, double Traces, string Headers)
{
    /// <summary>Without the headers, which may hold a secret.</summary>
    public override string ToString() => $"{Endpoint}, each {Interval}, {Traces} of the connections";
}
