namespace EdgeActors.Settings;

/// <summary><c>health</c></summary>
/// <param name="Sni">Null: the server's host name, or none where it has an address alone.</param>
public sealed record HealthSettings(
    bool Enabled,
    CheckKind Check,
    TimeSpan Interval,
    TimeSpan FastInterval,
    TimeSpan DownInterval,
    int Spread,
    TimeSpan Timeout,
    int Fall,
    int Rise,
    CheckHeader SendProxy,
    string? Sni,
    HttpCheckSettings Http,
    InitialHealth Initial,
    Observe Observe,
    int ErrorLimit,
    OnError OnError,
    OnMarkedDown OnMarkedDown);

/// <summary><c>health.http</c></summary>
/// <param name="Host">Null: the server name of the check's ClientHello, or the server's address.</param>
public sealed record HttpCheckSettings(string Method, string Path, string? Host, StatusSet Expect);

/// <summary>How far a check goes; each includes the one before it, but that HTTP may do without TLS.</summary>
public enum CheckKind
{
    Tcp,
    Tls,
    Http,
    Https,
}

/// <summary><c>health.send-proxy</c></summary>
public enum CheckHeader
{
    Off,
    Local,
    Proxy,
}

public enum InitialHealth
{
    Up,
    Down,
}

public enum Observe
{
    Off,
    Connect,
}

public enum OnError
{
    FailCheck,
    FastInterval,
    SuddenDeath,
    MarkDown,
}

public enum OnMarkedDown
{
    Keep,
    ShutdownSessions,
}
