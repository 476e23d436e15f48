using System.Net;

namespace EdgeActors.Config;

/// <summary>The entrance for plain HTTP, which sends everyone to https.</summary>
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
