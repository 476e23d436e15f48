using System.Net;
using EdgeActors.Join;

namespace EdgeActors.Config;

/// <summary>A pool of equal servers and how they are reached.</summary>
public sealed record BackendSettings
{
    public required string Name { get; init; }

    /// <summary>1 to <see cref="Route.BackendPool.MaxServers"/>, in the order of the file, which is the order of the round robin.</summary>
    public required IReadOnlyList<ServerSettings> Servers { get; init; }

    public required ProxyProtocol ProxyProtocol { get; init; }

    public required HealthSettings Health { get; init; }

    /// <summary>For one attempt.</summary>
    public required TimeSpan ConnectTimeout { get; init; }

    /// <summary>The address to dial from, for servers of its family; null: the system chooses.</summary>
    public required IPAddress? Source { get; init; }

    /// <summary>Attempts after the first one.</summary>
    public required int Retries { get; init; }

    /// <summary>Waited before an attempt at the server that has just failed; another server is tried at once.</summary>
    public required TimeSpan RetryDelay { get; init; }

    public required RelayTimeouts Timeouts { get; init; }
}

/// <param name="Name">Unique within the backend.</param>
/// <param name="EndPoint">An <see cref="IPEndPoint"/> for a literal, a <see cref="DnsEndPoint"/> for a host name, which the
/// host resolves once, at start.</param>
public sealed record ServerSettings(string Name, EndPoint EndPoint);

/// <summary>What is sent to a server before the client's first byte.</summary>
public enum ProxyProtocol
{
    Off,
    V2,
}

/// <summary>The active check of each server of a backend.</summary>
public sealed record HealthSettings
{
    /// <summary>False: servers are always taken to be up.</summary>
    public required bool Enabled { get; init; }

    /// <summary>From the start of one check to the start of the next.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>Never longer than the interval.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>Failures in a row that take a server down.</summary>
    public required int Fall { get; init; }

    /// <summary>Successes in a row that bring it back.</summary>
    public required int Rise { get; init; }

    /// <summary>Whether the check sends a PROXY v2 header of type LOCAL, which a server that requires the header needs.</summary>
    public required bool SendProxy { get; init; }

    /// <summary>What a server counts as before its first check has ended.</summary>
    public required InitialHealth Initial { get; init; }
}

public enum InitialHealth
{
    /// <summary>Up, and the first failed check takes it down.</summary>
    Up,

    /// <summary>Down until <see cref="HealthSettings.Rise"/> checks have succeeded.</summary>
    Down,
}
