using System.Collections.Frozen;
using System.Net;

namespace EdgeActors.Settings;

/// <summary><c>edge</c>, validated. <c>hocon/edge.conf</c> has the meaning, range and default of each key. Null means off.</summary>
/// <param name="Backends">By name; contains the backend of every route.</param>
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
    string AkkaHocon)
{
    /// <summary>Keys of the file by path, without defaults.</summary>
    public IReadOnlyDictionary<string, FileKey> Keys { get; init; } = FrozenDictionary<string, FileKey>.Empty;

    /// <summary>Names of the backends that a route or a policy uses.</summary>
    public IReadOnlyCollection<string> RoutedBackends => new SortedSet<string>(
        Listeners.SelectMany(static listener => listener.Refusals.Backends)
            .Concat(Listeners.Select(static listener => listener.Routes).OfType<IReadOnlyList<RouteSettings>>().Append(Routes)
                .SelectMany(static routes => routes).SelectMany(static route => route.Backends)),
        StringComparer.Ordinal);
}

/// <summary>A key that a configuration file has.</summary>
/// <param name="Text">As written; lists and long texts are shortened.</param>
/// <param name="Value">The parsed value or a digest, for comparison; null: a default, which has only a text.</param>
public sealed record FileKey(string Text, object? Value, KeyEffect Effect)
{
    /// <summary>The path of the key that applies if this one is missing, or null.</summary>
    public string? Fallback { get; init; }

    /// <summary>The path of its listener or backend, or null.</summary>
    public string? Owner { get; init; }
}

/// <summary>When a change of a key applies.</summary>
public enum KeyEffect
{
    Now,
    NewConnections,
    Restart,
}

/// <summary>A field of <c>edge.routes</c>, or of the routes of one listener.</summary>
/// <param name="ServerName">A normalised name, <see cref="AnyName"/>, or <see cref="AnyLabels"/> and a normalised name.</param>
/// <param name="Backend">If this and <paramref name="Refuse"/> are null, only clients that offer one of <paramref name="Protocols"/> have a
/// route.</param>
/// <param name="Refuse">How clients are refused; excludes a backend.</param>
public sealed record RouteSettings(
    string ServerName, string? Backend, IReadOnlyList<ProtocolRoute> Protocols, CloseMode? Refuse = null)
{
    public const string AnyName = "*";

    /// <summary>The prefix of a route for all names below a domain.</summary>
    public const string AnyLabels = "*.";

    public RouteSettings(string serverName, string? backend)
        : this(serverName, backend, [])
    {
    }

    /// <summary>Backends that the route uses.</summary>
    public IEnumerable<string> Backends => Protocols.Select(static route => route.Backend).Append(Backend).OfType<string>();
}

/// <param name="Protocol">An ALPN protocol name (RFC 7301 §6).</param>
/// <param name="Refuse">How clients are refused; excludes a backend.</param>
public sealed record ProtocolRoute(string Protocol, string? Backend, CloseMode? Refuse = null);

/// <summary><c>edge.limits</c></summary>
/// <param name="Memory">Percent.</param>
/// <param name="Memory">Percent of the memory limit; null: off.</param>
/// <param name="PinnedMemory">Percent of the memory limit; null: off.</param>
public sealed record LimitSettings(
    int MaxConnections, int MaxPeeks, int? Memory = null, int? PinnedMemory = null, BufferSettings Buffers = default);

/// <summary><c>edge.limits.buffers</c>, in bytes. Null: the system decides.</summary>
public readonly record struct BufferSettings(int? ClientSend, int? ServerReceive);

/// <summary><c>edge.silent-drop</c></summary>
/// <param name="Max">Null: as many as descriptors and memory allow, <see cref="AutoMost"/> at most.</param>
/// <param name="Kernel">Whether the kernel drops clients of a flood.</param>
public sealed record SilentDropSettings(TimeSpan Hold, int? Max, bool Kernel = true)
{
    public const int AutoLeast = 1024, AutoMost = 65_536;
}

/// <summary><c>edge.floating-ip</c></summary>
public sealed record FloatingIpSettings(TimeSpan HandoverTimeout, TimeSpan HandoverSilence, IReadOnlyList<IPAddress> Addresses);

/// <summary><c>edge.upgrade</c></summary>
/// <param name="Keeper">Whether connections outlive a crash.</param>
/// <param name="KeepAfter">The age from which they do.</param>
public sealed record UpgradeSettings(string? Socket, TimeSpan? DrainTimeout, bool Keeper, TimeSpan KeepAfter);

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
/// <param name="Login">Null: no password is required.</param>
public sealed record AdminSettings(BindSettings? Bind, BindSettings? HealthBind, AdminLogin? Login, bool MetricsAuth, int MaxConnections);

public sealed record AdminLogin(string User, string Password)
{
    /// <summary>Omits the password.</summary>
    public override string ToString() => User;
}

/// <summary><c>edge.control</c></summary>
public sealed record ControlSettings(string? Socket, IPEndPoint? Pbm)
{
    /// <summary>The endpoint of the cluster's actor system: the next port, or the previous one at 65535.</summary>
    public IPEndPoint? PbmOfCluster => Pbm is null
        ? null
        : new IPEndPoint(Pbm.Address, Pbm.Port == IPEndPoint.MaxPort ? Pbm.Port - 1 : Pbm.Port + 1);
}

/// <summary><c>edge.http-redirect</c>, with at least one address.</summary>
public sealed record HttpRedirectSettings(
    IReadOnlyList<BindSettings> Binds, int? Rate, int MaxConnections, TimeSpan Timeout, EndPoint? AcmeBackend);

/// <summary><c>edge.cluster</c></summary>
/// <param name="Seeds">All nodes, with or without this one. A host name means all of its addresses.</param>
/// <param name="Tls">Null: nodes communicate in clear text.</param>
public sealed record ClusterSettings(
    bool Enabled,
    string Name,
    IPEndPoint Bind,
    IReadOnlyList<EndPoint> Seeds,
    TimeSpan StableAfter,
    ClusterTlsSettings? Tls = null,
    bool ShortensFall = false)
{
    /// <summary>Lists are compared by their items, so that two readings of one text are equal.</summary>
    public bool Equals(ClusterSettings? other) =>
        other is not null && Enabled == other.Enabled && Name == other.Name && Bind.Equals(other.Bind)
        && Seeds.SequenceEqual(other.Seeds) && StableAfter == other.StableAfter && Tls == other.Tls && ShortensFall == other.ShortensFall;

    public override int GetHashCode() => HashCode.Combine(Enabled, Name, Bind);
}

/// <summary><c>edge.cluster.tls</c>: full paths of PEM files.</summary>
public sealed record ClusterTlsSettings(string Certificate, string Key, string Authority);

/// <summary>A section of <c>edge.listeners</c>. Null means off.</summary>
/// <param name="AcceptProxy">Peers whose connections begin with a PROXY header.</param>
/// <param name="Routes">Routes of this listener alone; null: <c>edge.routes</c> applies.</param>
public sealed record ListenerSettings(
    string Name,
    IReadOnlyList<BindSettings> Binds,
    int Backlog,
    AccessList? Access,
    RateLimitSettings? RateLimit,
    TimeSpan HelloTimeout,
    int MaxHelloSize,
    RefusalSettings Refusals,
    IReadOnlyList<IPNetwork>? AcceptProxy = null,
    IReadOnlyList<RouteSettings>? Routes = null);

/// <param name="EndPoint">For <c>*:443</c> the IPv6 wildcard.</param>
/// <param name="DualMode">True for <c>*:443</c> only: one IPv6 socket that also accepts IPv4 clients (v4-mapped). <c>[::]:443</c> is IPv6
/// only.</param>
public sealed record BindSettings(IPEndPoint EndPoint, bool DualMode)
{
    public override string ToString() => DualMode ? $"*:{EndPoint.Port}" : EndPoint.ToString();

    /// <summary>Parses the format of <see cref="ToString"/>.</summary>
    public static BindSettings? Read(string text) => Addresses.TryReadBind(text, out var bind, out _) ? bind : null;
}

/// <summary><c>rate-limit</c></summary>
/// <param name="Except">A list that denies every address that is not exempt; null: no address is exempt.</param>
public sealed record RateLimitSettings(
    int? Limit, TimeSpan Per, int? MaxConnections, PrefixLengths Key, int TableSize, TimeSpan Expire, AccessList? Except = null)
{
    /// <summary>The longest window: two must fit into the longest expiry.</summary>
    public static readonly TimeSpan MaxPeriod = TimeSpan.FromDays(12);

    /// <summary>The longest expiry: the rate limiter's clock wraps around after twice as long.</summary>
    public static readonly TimeSpan MaxExpire = 2 * MaxPeriod;

    /// <summary>True if counts made under the other settings remain valid.</summary>
    internal bool CountsLike(RateLimitSettings other) =>
        (Per, Key, TableSize, Expire) == (other.Per, other.Key, other.TableSize, other.Expire);
}

/// <summary>The keys <c>on-...</c> of a listener.</summary>
public sealed record RefusalSettings(
    RefusalPolicy NoSni, RefusalPolicy UnknownSni, RefusalPolicy NotTls,
    RefusalPolicy Silent, RefusalPolicy Malformed, RefusalPolicy TooLarge)
{
    /// <summary>Backends that the policies use.</summary>
    public IEnumerable<string> Backends => new[] { NoSni, UnknownSni, NotTls, Silent, Malformed, TooLarge }
        .Select(static policy => policy.Backend).OfType<string>();
}

/// <param name="Backend">Receives the connection with the bytes read; null: the connection is refused.</param>
public sealed record RefusalPolicy(CloseMode Mode, string? Backend = null);

/// <summary>How the client sees the close.</summary>
public enum CloseMode
{
    Close,

    Reset,

    /// <summary>No packet: the socket is held for a while without an answer and then closed.</summary>
    SilentDrop,

    /// <summary>The TLS alert unrecognized_name, then FIN. Only before the link is joined.</summary>
    Alert,
}

/// <summary><c>edge.log</c></summary>
/// <param name="Drops">Null: every connection that ends before a server is chosen is logged.</param>
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

/// <param name="Sample">One in this many is logged.</param>
/// <param name="Rate">Maximum per second. Null: unlimited.</param>
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
    /// <summary>Omits the headers, which may hold a secret.</summary>
    public override string ToString() => $"{Endpoint}, each {Interval}, {Traces} of the connections";
}
