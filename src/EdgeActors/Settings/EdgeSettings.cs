using System.Net;

namespace EdgeActors.Settings;

/// <summary>Everything that <c>edge { }</c> says, validated: names resolve, figures are in range, nothing is left to check.
/// Defaults are not in these types but in <c>hocon/edge.conf</c>, which is built into the assembly.</summary>
public sealed record EdgeSettings
{
    /// <summary>At least one, in the order of the file, no address twice.</summary>
    public required IReadOnlyList<ListenerSettings> Listeners { get; init; }

    /// <summary>In the order of the file; server names are unique, and there is at most one default.</summary>
    public required IReadOnlyList<RouteSettings> Routes { get; init; }

    /// <summary>By name; every route's backend is among them.</summary>
    public required IReadOnlyDictionary<string, BackendSettings> Backends { get; init; }

    /// <summary>Null: off.</summary>
    public HttpRedirectSettings? HttpRedirect { get; init; }

    public ControlSettings Control { get; init; } = ControlSettings.Off;

    public UpgradeSettings Upgrade { get; init; } = UpgradeSettings.Off;

    /// <summary>Null: off.</summary>
    public AdminSettings? Admin { get; init; }

    public required LimitSettings Limits { get; init; }

    public required SilentDropSettings SilentDrop { get; init; }

    /// <summary>How long open connections may go on after the order to stop. Zero: they are closed at once.</summary>
    public required TimeSpan DrainTimeout { get; init; }

    public required FloatingIpSettings FloatingIp { get; init; }

    /// <summary>How long a connection waits for the rate limiter's word before this node's own table decides.</summary>
    public required TimeSpan AdmissionTimeout { get; init; }

    /// <summary>How often it is seen whether the file has changed; null: never.</summary>
    public required TimeSpan? ReloadWatch { get; init; }

    public required TransportSettings Transport { get; init; }

    public required LogSettings Log { get; init; }

    /// <summary>Null: off.</summary>
    public OtlpSettings? Otlp { get; init; }

    public required ClusterSettings Cluster { get; init; }

    /// <summary>The file's <c>akka { }</c> section as HOCON text (<c>akka { ... }</c> included), substitutions resolved;
    /// empty when there is none.</summary>
    public required string AkkaHocon { get; init; }
}

/// <summary>One server name, or all below one, or all others, and where they lead.</summary>
/// <param name="ServerName">A host name in its compared form: A-labels, lower case, no trailing dot. <c>*.</c> and a host name for all names
/// below it; <see cref="AnyName"/> for every name that has no other route.</param>
/// <param name="Backend">A key of <see cref="EdgeSettings.Backends"/>; null: only clients that offer one of <paramref name="Protocols"/>
/// are routed.</param>
/// <param name="Protocols">Backends of clients that offer a certain protocol; each protocol once.</param>
public sealed record RouteSettings(string ServerName, string? Backend, IReadOnlyList<ProtocolRoute> Protocols)
{
    /// <summary>The server name of the default route.</summary>
    public const string AnyName = "*";

    /// <summary>What stands before the name that a route is for all names below of.</summary>
    public const string AnyLabels = "*.";

    /// <summary>Whatever protocols the client offers.</summary>
    public RouteSettings(string serverName, string? backend)
        : this(serverName, backend, [])
    {
    }
}

/// <param name="Protocol">An ALPN protocol name (RFC 7301 §6) of 1 to 255 characters, such as <c>h2</c>.</param>
/// <param name="Backend">A key of <see cref="EdgeSettings.Backends"/>.</param>
public sealed record ProtocolRoute(string Protocol, string Backend);

/// <summary>The bounds of the whole process.</summary>
/// <param name="MaxConnections">Clients held at once, in any state; at the bound accepting pauses.</param>
/// <param name="MaxPeeks">Clients at once whose hello is not complete yet.</param>
/// <param name="Memory">Percent of the memory limit, if there is one, from which new clients are refused; null: off.</param>
public sealed record LimitSettings(int MaxConnections, int MaxPeeks, int? Memory = null);

/// <summary>Refused clients whose socket is kept open, unanswered, so that they see a timeout and no reset.</summary>
/// <param name="Hold">How long one is kept. Zero: closed at once.</param>
/// <param name="Max">How many at once; beyond it the oldest is closed.</param>
public sealed record SilentDropSettings(TimeSpan Hold, int Max);

/// <summary>The address that two nodes share, and the handover by a node that has it and stops.</summary>
/// <param name="HandoverTimeout">How long it goes on at most, for the other one to take it.</param>
/// <param name="HandoverSilence">For how long of that, at most, it leaves new clients unanswered. Zero: not at all.</param>
/// <param name="Addresses">Each once. Empty: addresses are not observed, and the verb <c>floating-ip</c> sets the state.</param>
public sealed record FloatingIpSettings(TimeSpan HandoverTimeout, TimeSpan HandoverSilence, IReadOnlyList<IPAddress> Addresses);

/// <summary>How another process takes over from this one.</summary>
/// <param name="Socket">Path of the Unix socket at which they meet; null: off.</param>
/// <param name="DrainTimeout">How long connections of the process that was taken over from may go on; null: until they end.</param>
public sealed record UpgradeSettings(string? Socket, TimeSpan? DrainTimeout)
{
    public static UpgradeSettings Off { get; } = new(null, null);
}
