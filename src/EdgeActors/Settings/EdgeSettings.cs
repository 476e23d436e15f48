using System.Net;

namespace EdgeActors.Settings;

/// <summary><c>edge</c>, validated. <c>hocon/edge.conf</c> has the meaning, range and default of each key. Null stands for off.</summary>
/// <param name="Backends">By name; the backend of each route is among them.</param>
/// <param name="AkkaHocon">The file's section <c>akka { ... }</c> as HOCON text, substitutions resolved; empty when there is none.</param>
public sealed record EdgeSettings(
    IReadOnlyList<ListenerSettings> Listeners,
    IReadOnlyList<RouteSettings> Routes,
    IReadOnlyDictionary<string, BackendSettings> Backends,
    HttpRedirectSettings? HttpRedirect,
    ControlSettings Control,
    UpgradeSettings Upgrade,
    AdminSettings? Admin,
    LimitSettings Limits,
    SilentDropSettings SilentDrop,
    TimeSpan DrainTimeout,
    FloatingIpSettings FloatingIp,
    TimeSpan AdmissionTimeout,
    TimeSpan? ReloadWatch,
    TransportSettings Transport,
    LogSettings Log,
    OtlpSettings? Otlp,
    ClusterSettings Cluster,
    string AkkaHocon);

/// <summary>A field of <c>edge.routes</c>.</summary>
/// <param name="ServerName">A normalised name, <see cref="AnyName"/>, or <see cref="AnyLabels"/> and a normalised name.</param>
/// <param name="Backend">Null: only clients that offer one of <paramref name="Protocols"/> are routed.</param>
public sealed record RouteSettings(string ServerName, string? Backend, IReadOnlyList<ProtocolRoute> Protocols)
{
    /// <summary>The server name of the default route.</summary>
    public const string AnyName = "*";

    /// <summary>The prefix of a route for all names below a name.</summary>
    public const string AnyLabels = "*.";

    public RouteSettings(string serverName, string? backend)
        : this(serverName, backend, [])
    {
    }
}

/// <param name="Protocol">An ALPN protocol name (RFC 7301 §6).</param>
public sealed record ProtocolRoute(string Protocol, string Backend);

/// <summary><c>edge.limits</c></summary>
/// <param name="Memory">Percent.</param>
public sealed record LimitSettings(int MaxConnections, int MaxPeeks, int? Memory = null);

/// <summary><c>edge.silent-drop</c></summary>
public sealed record SilentDropSettings(TimeSpan Hold, int Max);

/// <summary><c>edge.floating-ip</c></summary>
public sealed record FloatingIpSettings(TimeSpan HandoverTimeout, TimeSpan HandoverSilence, IReadOnlyList<IPAddress> Addresses);

/// <summary><c>edge.upgrade</c></summary>
public sealed record UpgradeSettings(string? Socket, TimeSpan? DrainTimeout);

/// <summary><c>edge.transport</c></summary>
public sealed record TransportSettings(
    TransportKind Kind, int BufferSize, int? Reactors, bool PinReactors, int PipeSize, int MaxPipes, bool DeferAccept);

public enum TransportKind
{
    Auto,
    Epoll,
    Sockets,
}

/// <summary><c>edge.admin</c>, with at least one of the two addresses.</summary>
/// <param name="Login">Null: no password is asked for.</param>
public sealed record AdminSettings(BindSettings? Bind, BindSettings? HealthBind, AdminLogin? Login, bool MetricsAuth, int MaxConnections);

public sealed record AdminLogin(string User, string Password)
{
    /// <summary>Without the password.</summary>
    public override string ToString() => User;
}

/// <summary><c>edge.control</c></summary>
public sealed record ControlSettings(string? Socket, IPEndPoint? Pbm)
{
    /// <summary>Of the cluster's actor system: the next port.</summary>
    public IPEndPoint? PbmOfCluster => Pbm is null
        ? null
        : new IPEndPoint(Pbm.Address, Pbm.Port == IPEndPoint.MaxPort ? Pbm.Port - 1 : Pbm.Port + 1);
}

/// <summary><c>edge.http-redirect</c>, with at least one address.</summary>
public sealed record HttpRedirectSettings(
    IReadOnlyList<BindSettings> Binds, int? Rate, int MaxConnections, TimeSpan Timeout, EndPoint? AcmeBackend);

/// <summary><c>edge.cluster</c></summary>
/// <param name="Seeds">All nodes, with or without this one. A host name stands for all of its addresses.</param>
/// <param name="Tls">Null: the nodes talk in clear text.</param>
public sealed record ClusterSettings(
    bool Enabled,
    string Name,
    IPEndPoint Bind,
    IReadOnlyList<EndPoint> Seeds,
    TimeSpan StableAfter,
    ClusterTlsSettings? Tls = null,
    bool ShortensFall = false)
{
    /// <summary>A list is compared by its items: two readings of one text are equal.</summary>
    public bool Equals(ClusterSettings? other) =>
        other is not null && Enabled == other.Enabled && Name == other.Name && Bind.Equals(other.Bind)
        && Seeds.SequenceEqual(other.Seeds) && StableAfter == other.StableAfter && Tls == other.Tls && ShortensFall == other.ShortensFall;

    public override int GetHashCode() => HashCode.Combine(Enabled, Name, Bind);
}

/// <summary><c>edge.cluster.tls</c>: full paths of PEM files.</summary>
public sealed record ClusterTlsSettings(string Certificate, string Key, string Authority);

/// <summary>A section of <c>edge.listeners</c>. A null stands for off.</summary>
/// <param name="AcceptProxy">Peers whose connections begin with a PROXY header.</param>
public sealed record ListenerSettings(
    string Name,
    IReadOnlyList<BindSettings> Binds,
    int Backlog,
    AccessList? Access,
    RateLimitSettings? RateLimit,
    TimeSpan HelloTimeout,
    int MaxHelloSize,
    RefusalSettings Refusals,
    IReadOnlyList<IPNetwork>? AcceptProxy = null);

/// <param name="EndPoint">For <c>*:443</c> the IPv6 wildcard.</param>
/// <param name="DualMode">True for <c>*:443</c> only: one IPv6 socket that takes IPv4 clients too (as v4-mapped addresses).
/// <c>[::]:443</c> is IPv6 alone.</param>
public sealed record BindSettings(IPEndPoint EndPoint, bool DualMode)
{
    public override string ToString() => DualMode ? $"*:{EndPoint.Port}" : EndPoint.ToString();

    /// <summary>As <see cref="ToString"/> has written it.</summary>
    public static BindSettings? Read(string text) => Addresses.TryReadBind(text, out var bind, out _) ? bind : null;
}

/// <summary><c>rate-limit</c></summary>
public sealed record RateLimitSettings(int? Limit, TimeSpan Per, int? MaxConnections, PrefixLengths Key, int TableSize, TimeSpan Expire)
{
    /// <summary>The longest window: two of them have to fit into the longest expiry.</summary>
    public static readonly TimeSpan MaxPeriod = TimeSpan.FromDays(12);

    /// <summary>The longest expiry: the clock of the rate limiter wraps around after twice as long.</summary>
    public static readonly TimeSpan MaxExpire = 2 * MaxPeriod;

    /// <summary>Whether what was counted by the other settings counts by these.</summary>
    internal bool CountsLike(RateLimitSettings other) =>
        (Per, Key, TableSize, Expire) == (other.Per, other.Key, other.TableSize, other.Expire);
}

/// <summary><c>on-no-sni</c>, <c>on-unknown-sni</c> and <c>on-not-tls</c>.</summary>
public sealed record RefusalSettings(RefusalPolicy NoSni, RefusalPolicy UnknownSni, RefusalPolicy NotTls);

/// <param name="Backend">It gets the connection, with the bytes that were read; null: the connection is refused.</param>
public sealed record RefusalPolicy(CloseMode Mode, string? Backend = null);

/// <summary>What the client sees of an end.</summary>
public enum CloseMode
{
    /// <summary>FIN.</summary>
    Close,

    /// <summary>RST.</summary>
    Reset,

    /// <summary>Nothing: the socket is held without an answer for a while and then closed.</summary>
    SilentDrop,

    /// <summary>The TLS alert unrecognized_name, then FIN; of a link that was never joined.</summary>
    Alert,
}

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
