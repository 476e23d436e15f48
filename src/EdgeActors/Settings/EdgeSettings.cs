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
public sealed record UpgradeSettings(string? Socket, TimeSpan? DrainTimeout)
{
    public static UpgradeSettings Off { get; } = new(null, null);
}

/// <summary><c>edge.transport</c></summary>
public sealed record TransportSettings(
    TransportKind Kind, int BufferSize, int? Reactors, bool PinReactors, int PipeSize, int MaxPipes, bool DeferAccept);

public enum TransportKind
{
    Auto,
    Epoll,
    Sockets,
}
