using System.Net;

namespace EdgeActors.Settings;

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
    public static ControlSettings Off { get; } = new(null, null);

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
