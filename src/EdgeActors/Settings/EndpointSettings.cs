using System.Net;

namespace EdgeActors.Settings;

/// <summary>The operator's HTTP endpoint. At least one of the two addresses is there.</summary>
public sealed record AdminSettings
{
    /// <summary>Null: off.</summary>
    public required BindSettings? Bind { get; init; }

    /// <summary>For health alone; null: off.</summary>
    public required BindSettings? HealthBind { get; init; }

    /// <summary>Null: no password is asked for. Only on the loopback.</summary>
    public required AdminLogin? Login { get; init; }

    /// <summary>Whether metrics ask for the login, too.</summary>
    public required bool MetricsAuth { get; init; }

    /// <summary>Connections at once, to each of the two.</summary>
    public required int MaxConnections { get; init; }
}

/// <summary>Who may see statistics, and close connections.</summary>
/// <param name="User">Without a colon, which ends it in HTTP's basic authentication (RFC 7617, section 2).</param>
/// <param name="Password">Not empty.</param>
public sealed record AdminLogin(string User, string Password)
{
    /// <summary>Without the password.</summary>
    public override string ToString() => User;
}

/// <summary>Endpoints for operators on this machine.</summary>
/// <param name="Socket">Path of a Unix socket, for <c>edge ctl</c>; null: off.</param>
/// <param name="Pbm">A loopback address for Petabridge.Cmd; null: off. Whether this build has it, the host decides.</param>
public sealed record ControlSettings(string? Socket, IPEndPoint? Pbm)
{
    public static ControlSettings Off { get; } = new(null, null);

    /// <summary>Of the cluster's actor system: the next port.</summary>
    public IPEndPoint? PbmOfCluster => Pbm is null ? null : new IPEndPoint(Pbm.Address, Pbm.Port == IPEndPoint.MaxPort ? Pbm.Port - 1 : Pbm.Port + 1);
}

/// <summary>The endpoint for plain HTTP, which redirects to https.</summary>
public sealed record HttpRedirectSettings
{
    /// <summary>At least one.</summary>
    public required IReadOnlyList<BindSettings> Binds { get; init; }

    /// <summary>New connections in any one second; further ones wait in the backlog. Null: as many as come.</summary>
    public required int? Rate { get; init; }

    /// <summary>Connections at once; further ones wait in the backlog.</summary>
    public required int MaxConnections { get; init; }

    /// <summary>From the first moment of a connection, or the last response on it, to the next request's first byte; and from that byte to
    /// the end of its header.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>Who answers the challenges of RFC 8555, section 8.3; null: they are redirected as everything is.</summary>
    public required EndPoint? AcmeBackend { get; init; }
}
