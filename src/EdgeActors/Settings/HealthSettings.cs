namespace EdgeActors.Settings;

/// <summary>The checks of each server of a backend. <c>hocon/edge.conf</c> says what each key does.</summary>
public sealed record HealthSettings
{
    /// <summary>False: servers are always taken to be up.</summary>
    public required bool Enabled { get; init; }

    public required CheckKind Check { get; init; }

    public required TimeSpan Interval { get; init; }

    /// <summary>While the last checks do not agree with the server's state.</summary>
    public required TimeSpan FastInterval { get; init; }

    /// <summary>While the server is down and its last check failed.</summary>
    public required TimeSpan DownInterval { get; init; }

    /// <summary>Percent by which each interval is longer or shorter at random.</summary>
    public required int Spread { get; init; }

    /// <summary>For a whole check. Never longer than the interval.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>Failures in a row that take a server down.</summary>
    public required int Fall { get; init; }

    /// <summary>Successes in a row that bring it back.</summary>
    public required int Rise { get; init; }

    public required CheckHeader SendProxy { get; init; }

    /// <summary>In the check's ClientHello; null: the server's host name, or none where it has an address alone.</summary>
    public required string? Sni { get; init; }

    public required HttpCheckSettings Http { get; init; }

    public required InitialHealth Initial { get; init; }

    public required Observe Observe { get; init; }

    /// <summary>Connections in a row that a server does not take, until <see cref="OnError"/> is done; then they count anew.</summary>
    public required int ErrorLimit { get; init; }

    public required OnError OnError { get; init; }

    public required OnMarkedDown OnMarkedDown { get; init; }
}

/// <summary>The request of an HTTP check and what may answer it.</summary>
/// <param name="Path">Sent as it is.</param>
/// <param name="Host">The Host header; null: what the check's ClientHello says, or the server's address.</param>
/// <param name="Expect">Any other status is a failure.</param>
public sealed record HttpCheckSettings(string Method, string Path, string? Host, StatusSet Expect);

/// <summary>How far a check goes; each includes the one before it, but that HTTP may do without TLS.</summary>
public enum CheckKind
{
    Tcp,
    Tls,
    Http,
    Https,
}

/// <summary>The PROXY v2 header of a check: of the sender's own connection (LOCAL), or with its addresses for servers that know no LOCAL.</summary>
public enum CheckHeader
{
    Off,
    Local,
    Proxy,
}

/// <summary>Until the first check has ended. One failed check takes down a server that began as up.</summary>
public enum InitialHealth
{
    Up,
    Down,
}

/// <summary>Whether clients' connections count beside the checks.</summary>
public enum Observe
{
    Off,
    Connect,
}

/// <summary>What too many failed connections do; the next check comes after the fast interval in any case.</summary>
public enum OnError
{
    /// <summary>They count as one failed check.</summary>
    FailCheck,

    /// <summary>No more than that.</summary>
    FastInterval,

    /// <summary>One more failed check takes the server down.</summary>
    SuddenDeath,

    /// <summary>The server is down.</summary>
    MarkDown,
}

/// <summary>What becomes of the connections to a server that is taken down.</summary>
public enum OnMarkedDown
{
    Keep,
    ShutdownSessions,
}
