using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace EdgeActors.Settings;

/// <summary>A section of <c>edge.backends</c>.</summary>
/// <param name="Servers">In file order, which is the round-robin order.</param>
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
    ProxyTlvSettings ProxyTlvs = default)
{
    /// <summary>Maximum servers per backend: the tried servers are bits of a 64-bit word.</summary>
    public const int MaxServers = 64;

    /// <summary><see cref="Source"/> if it has the server's family.</summary>
    public IPAddress? SourceFor(EndPoint server) => Source?.AddressFamily == server.AddressFamily ? Source : null;
}

/// <summary>An item of <c>servers</c>.</summary>
/// <param name="Name">Unique within the backend.</param>
/// <param name="EndPoint">An <see cref="IPEndPoint"/> for a literal, a <see cref="DnsEndPoint"/> for a host name, or a
/// <see cref="UnixEndPoint"/>.</param>
/// <param name="MaxConnections">Zero: no limit.</param>
/// <param name="AllAddresses">Each address of the host name is a server of its own.</param>
public sealed record ServerSettings(
    string Name,
    EndPoint EndPoint,
    int Weight = ServerSettings.DefaultWeight,
    int MaxConnections = 0,
    TimeSpan SlowStart = default,
    bool IsBackup = false,
    bool AllAddresses = false)
{
    public const int MaxWeight = 256;

    /// <summary>The middle of the range, so that a server may have less or more.</summary>
    public const int DefaultWeight = 100;

    /// <summary>The address in the notation of the configuration.</summary>
    public string Address => Addresses.Show(EndPoint);

    /// <summary>The name of the server at one address, with <see cref="AllAddresses"/>.</summary>
    internal string NameOf(IPEndPoint address) => $"{Name}/{address.Address}";

    /// <summary>Whether these settings describe that server. With <see cref="AllAddresses"/>, it may be one of several.</summary>
    internal bool IsOf(ServerSettings server) => server.EndPoint.Equals(EndPoint) && server.AllAddresses == AllAddresses
        && (server.Name == Name || (AllAddresses && server.Name.StartsWith($"{Name}/", StringComparison.Ordinal)));
}

public enum ProxyProtocol
{
    Off,
    V1,
    V2,
}

/// <summary><c>proxy-tlvs</c></summary>
/// <param name="Pass">Fields of the received header that are passed on.</param>
public readonly record struct ProxyTlvSettings(ProxyTlvs Send, TlvTypes Pass);

/// <summary>A set of TLV types.</summary>
public readonly record struct TlvTypes(UInt128 Low, UInt128 High)
{
    public bool Contains(byte type) => (((type < 128 ? Low : High) >> (type & 127)) & 1) != 0;

    public TlvTypes With(byte type) =>
        type < 128 ? this with { Low = Low | (UInt128.One << type) } : this with { High = High | (UInt128.One << (type & 127)) };
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
    TimeSpan? Tunnel,
    TimeSpan? Client = null,
    TimeSpan? Server = null,
    TimeSpan? ClientFin = null,
    TimeSpan? ServerFin = null,
    TimeSpan? Keepalive = null)
{
    /// <summary>TCP_KEEPIDLE takes at most 32,767 seconds.</summary>
    public static readonly TimeSpan LongestKeepalive = TimeSpan.FromHours(9);
}

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
/// <param name="Prefer">Null: the order of the system's answer.</param>
public sealed record ResolveSettings(TimeSpan? Interval, bool NeededAtStart, AddressFamily? Prefer = null);

/// <summary><c>health</c></summary>
/// <param name="Sni">Null: the server's host name, or none if it is an address.</param>
public sealed record HealthSettings(
    bool Enabled,
    CheckKind Check,
    TimeSpan Interval,
    TimeSpan FastInterval,
    TimeSpan DownInterval,
    int Spread,
    TimeSpan Timeout,
    int Fall,
    int Rise,
    CheckHeader SendProxy,
    string? Sni,
    HttpCheckSettings Http,
    InitialHealth Initial,
    Observe Observe,
    int ErrorLimit,
    OnError OnError,
    OnMarkedDown OnMarkedDown);

/// <summary><c>health.http</c></summary>
/// <param name="Host">Null: the server name of the check's ClientHello, or the server's address.</param>
public sealed record HttpCheckSettings(string Method, string Path, string? Host, StatusSet Expect)
{
    /// <summary>The asterisk form, for OPTIONS only (RFC 9112 §3.2.4).</summary>
    public const string AnyPath = "*";

    public const string AnyPathMethod = "OPTIONS";
}

/// <summary>How far a check goes. Each level includes the one before; HTTP may skip TLS.</summary>
public enum CheckKind
{
    Tcp,
    Tls,
    Http,
    Https,
}

/// <summary><c>health.send-proxy</c></summary>
public enum CheckHeader
{
    Off,
    Local,
    Proxy,
}

public enum InitialHealth
{
    Up,
    Down,
}

public enum Observe
{
    Off,
    Connect,
}

public enum OnError
{
    FailCheck,
    FastInterval,
    SuddenDeath,
    MarkDown,
}

public enum OnMarkedDown
{
    Keep,
    ShutdownSessions,
}

/// <summary>HTTP statuses that pass a check: <c>200</c>, <c>2xx</c> and <c>200-399</c>, comma-separated.</summary>
public sealed class StatusSet : IEquatable<StatusSet>
{
    private readonly string _text;
    private readonly (int First, int Last)[] _ranges;

    private StatusSet(string text, (int First, int Last)[] ranges) => (_text, _ranges) = (text, ranges);

    /// <summary>Contains no status.</summary>
    public static StatusSet Empty { get; } = new("", []);

    public bool Contains(int status) => Array.Exists(_ranges, range => status >= range.First && status <= range.Last);

    /// <returns>False for a malformed list or a status outside 100 to 599; the set is then empty.</returns>
    public static bool TryRead(string text, out StatusSet set)
    {
        var ranges = Array.ConvertAll(text.Split(',', StringSplitOptions.TrimEntries), ReadRange);
        var isRead = Array.TrueForAll(ranges, static range => range is not null);
        set = isRead ? new StatusSet(text, [.. ranges.Select(static range => range!.Value)]) : Empty;
        return isRead;
    }

    public bool Equals(StatusSet? other) => other is not null && _ranges.AsSpan().SequenceEqual(other._ranges);

    public override bool Equals(object? obj) => Equals(obj as StatusSet);

    public override int GetHashCode() => _ranges.Length == 0 ? 0 : _ranges[0].GetHashCode();

    public override string ToString() => _text;

    private static (int First, int Last)? ReadRange(string text)
    {
        if (text is [>= '1' and <= '5' and var hundred, 'x', 'x'])
            return ((hundred - '0') * 100, (hundred - '0') * 100 + 99);
        var ends = text.Split('-');
        return ends.Length <= 2 && ReadStatus(ends[0]) is { } first && ReadStatus(ends[^1]) is { } last && first <= last
            ? (first, last)
            : null;
    }

    private static int? ReadStatus(string text) =>
        text.Length == 3 && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var status)
            && status is >= 100 and <= 599 ? status
            : null;
}
