using System.Net;

namespace EdgeActors.Settings;

/// <summary>A pool of equal servers and how they are reached.</summary>
public sealed record BackendSettings
{
    public required string Name { get; init; }

    /// <summary>1 to <see cref="Route.BackendPool.MaxServers"/>, in the order of the file, which is the order of the round robin.</summary>
    public required IReadOnlyList<ServerSettings> Servers { get; init; }

    public required ProxyProtocol ProxyProtocol { get; init; }

    /// <summary>What a header of version 2 says beside the addresses.</summary>
    public ProxyTlvs ProxyTlvs { get; init; }

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

    public required PoolSettings Pool { get; init; }

    /// <summary><see cref="Source"/>, where it fits the server's family.</summary>
    public IPAddress? SourceFor(IPEndPoint server) => Source?.AddressFamily == server.AddressFamily ? Source : null;
}

/// <param name="Name">Unique within the backend.</param>
/// <param name="EndPoint">An <see cref="IPEndPoint"/> for a literal, a <see cref="DnsEndPoint"/> for a host name.</param>
public sealed record ServerSettings(string Name, EndPoint EndPoint)
{
    public const int MaxWeight = 256;

    /// <summary>In the middle, so that others may be given less or more.</summary>
    public const int DefaultWeight = 100;

    /// <summary>Its share of new connections, 0 to <see cref="MaxWeight"/>. Zero: it gets none.</summary>
    public int Weight { get; init; } = DefaultWeight;

    /// <summary>Connections at once. Zero: no limit.</summary>
    public int MaxConnections { get; init; }

    /// <summary>How long its share grows after it has come up, until it is whole. Zero: at once.</summary>
    public TimeSpan SlowStart { get; init; }

    /// <summary>It stands in when no other one is usable.</summary>
    public bool IsBackup { get; init; }
}

/// <summary>What is sent to a server before the client's first byte.</summary>
public enum ProxyProtocol
{
    Off,
    V1,
    V2,
}

/// <summary>Fields of a PROXY header; see <see cref="Protocol.ProxyFields"/>.</summary>
[Flags]
public enum ProxyTlvs
{
    None = 0,
    Crc32C = 1,
    Alpn = 2,
    Authority = 4,
    UniqueId = 8,
}
