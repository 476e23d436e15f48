using System.Net;

namespace EdgeActors.Settings;

/// <summary>A section of <c>edge.backends</c>.</summary>
/// <param name="Servers">In the order of the file, which is the order of the round robin.</param>
/// <param name="Source">Null: the system chooses.</param>
/// <param name="Retries">Attempts after the first one.</param>
public sealed record BackendSettings(
    string Name,
    IReadOnlyList<ServerSettings> Servers,
    ProxyProtocol ProxyProtocol,
    HealthSettings Health,
    TimeSpan ConnectTimeout,
    IPAddress? Source,
    int Retries,
    TimeSpan RetryDelay,
    RelayTimeouts Timeouts,
    PoolSettings Pool,
    ProxyTlvs ProxyTlvs = ProxyTlvs.None)
{
    /// <summary><see cref="Source"/>, where it fits the server's family.</summary>
    public IPAddress? SourceFor(IPEndPoint server) => Source?.AddressFamily == server.AddressFamily ? Source : null;
}

/// <summary>An item of <c>servers</c>.</summary>
/// <param name="Name">Unique within the backend.</param>
/// <param name="EndPoint">An <see cref="IPEndPoint"/> for a literal, a <see cref="DnsEndPoint"/> for a host name.</param>
/// <param name="MaxConnections">Zero: no limit.</param>
public sealed record ServerSettings(
    string Name,
    EndPoint EndPoint,
    int Weight = ServerSettings.DefaultWeight,
    int MaxConnections = 0,
    TimeSpan SlowStart = default,
    bool IsBackup = false)
{
    public const int MaxWeight = 256;

    /// <summary>In the middle, so that others may be given less or more.</summary>
    public const int DefaultWeight = 100;
}

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

/// <summary><c>timeouts</c></summary>
public sealed record RelayTimeouts(
    TimeSpan? Tunnel, TimeSpan? Client = null, TimeSpan? Server = null, TimeSpan? ClientFin = null, TimeSpan? ServerFin = null);

/// <summary>How the servers of a backend share its connections.</summary>
public sealed record PoolSettings(BalanceAlgorithm Balance, bool AllBackups, bool Redispatch, QueueSettings Queue, ResolveSettings Resolve);

public enum BalanceAlgorithm
{
    RoundRobin,
    LeastConnections,
    Random,
    Source,
    First,
}

/// <summary><c>queue</c></summary>
public sealed record QueueSettings(int Max, TimeSpan Timeout);

/// <summary><c>resolve</c></summary>
/// <param name="Interval">Null: names are looked up once, at start.</param>
public sealed record ResolveSettings(TimeSpan? Interval, bool NeededAtStart);
