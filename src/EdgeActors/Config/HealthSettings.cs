namespace EdgeActors.Config;

/// <summary>The checks of each server of a backend.</summary>
public sealed record HealthSettings
{
    /// <summary>False: servers are always taken to be up.</summary>
    public required bool Enabled { get; init; }

    /// <summary>How far a check goes.</summary>
    public required CheckKind Check { get; init; }

    /// <summary>From the start of one check to the start of the next, while the checks agree with the server's state.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>The interval while they do not: on the way up or down.</summary>
    public required TimeSpan FastInterval { get; init; }

    /// <summary>The interval while the server is down and its last check failed.</summary>
    public required TimeSpan DownInterval { get; init; }

    /// <summary>Percent by which each interval is longer or shorter at random, 0 to 50.</summary>
    public required int Spread { get; init; }

    /// <summary>For a whole check. Never longer than the interval.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>Failures in a row that take a server down.</summary>
    public required int Fall { get; init; }

    /// <summary>Successes in a row that bring it back.</summary>
    public required int Rise { get; init; }

    /// <summary>What the check sends first, which a server that requires the PROXY header needs.</summary>
    public required CheckHeader SendProxy { get; init; }

    /// <summary>The server name in the check's ClientHello; null: the server's host name, or none where it has an address alone.</summary>
    public required string? Sni { get; init; }

    public required HttpCheckSettings Http { get; init; }

    /// <summary>What a server counts as before its first check has ended.</summary>
    public required InitialHealth Initial { get; init; }

    /// <summary>Whether clients' connections count beside the checks.</summary>
    public required Observe Observe { get; init; }

    /// <summary>Connections in a row that a server does not take, until <see cref="OnError"/> is done; then they count anew.</summary>
    public required int ErrorLimit { get; init; }

    public required OnError OnError { get; init; }

    public required OnMarkedDown OnMarkedDown { get; init; }
}

/// <summary>The request of an HTTP check and what may answer it.</summary>
/// <param name="Method">Such as <c>GET</c>.</param>
/// <param name="Path">From the first <c>/</c> on, sent as it is.</param>
/// <param name="Host">The Host header; null: what the check's ClientHello says, or the server's address.</param>
/// <param name="Expect">Any other status is a failure.</param>
public sealed record HttpCheckSettings(string Method, string Path, string? Host, StatusSet Expect);

/// <summary>How far a check goes; each includes the one before it, but that HTTP may do without TLS.</summary>
public enum CheckKind
{
    /// <summary>A connection.</summary>
    Tcp,

    /// <summary>A TLS handshake.</summary>
    Tls,

    /// <summary>A request without TLS.</summary>
    Http,

    /// <summary>A request over TLS.</summary>
    Https,
}

/// <summary>The PROXY v2 header of a check.</summary>
public enum CheckHeader
{
    Off,

    /// <summary>LOCAL: a connection of the sender's own.</summary>
    Local,

    /// <summary>PROXY with the check's own addresses, for servers that know no LOCAL.</summary>
    Proxy,
}

public enum InitialHealth
{
    /// <summary>Up, and the first failed check takes it down.</summary>
    Up,

    /// <summary>Down until <see cref="HealthSettings.Rise"/> checks have succeeded.</summary>
    Down,
}

public enum Observe
{
    Off,

    /// <summary>Whether the server takes a client's connection.</summary>
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
