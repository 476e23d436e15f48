using System.Net;

namespace EdgeActors.Settings;

/// <summary>A section of <c>edge.listeners</c>. A null stands for off.</summary>
/// <param name="AcceptProxy">Peers whose connections begin with a PROXY header.</param>
public sealed record ListenerSettings(
    string Name,
    IReadOnlyList<BindSettings> Binds,
    int Backlog,
    AccessList? Access,
    RateLimitSettings? RateLimit,
    TimeSpan HelloTimeout,
    int MaxHelloSize,
    RefusalSettings Refusals,
    IReadOnlyList<IPNetwork>? AcceptProxy = null);

/// <summary>One listening socket.</summary>
/// <param name="EndPoint">For <c>*:443</c> the IPv6 wildcard.</param>
/// <param name="DualMode">True for <c>*:443</c> only: one IPv6 socket that takes IPv4 clients too (as v4-mapped addresses).
/// <c>[::]:443</c> is IPv6 alone.</param>
public sealed record BindSettings(IPEndPoint EndPoint, bool DualMode)
{
    public override string ToString() => DualMode ? $"*:{EndPoint.Port}" : EndPoint.ToString();

    /// <summary>As <see cref="ToString"/> has written it.</summary>
    public static BindSettings? Read(string text) => Addresses.TryReadBind(text, out var bind, out _) ? bind : null;
}

/// <summary><c>rate-limit</c></summary>
public sealed record RateLimitSettings(int? Limit, TimeSpan Per, int? MaxConnections, PrefixLengths Key, int TableSize, TimeSpan Expire)
{
    /// <summary>The longest window: two of them have to fit into the longest expiry.</summary>
    public static readonly TimeSpan MaxPeriod = TimeSpan.FromDays(12);

    /// <summary>The longest expiry: the clock of the rate limiter wraps around after twice as long.</summary>
    public static readonly TimeSpan MaxExpire = 2 * MaxPeriod;

    /// <summary>Whether what was counted by the other settings counts by these.</summary>
    internal bool CountsLike(RateLimitSettings other) =>
        (Per, Key, TableSize, Expire) == (other.Per, other.Key, other.TableSize, other.Expire);
}

/// <summary><c>on-no-sni</c>, <c>on-unknown-sni</c> and <c>on-not-tls</c>.</summary>
public sealed record RefusalSettings(RefusalPolicy NoSni, RefusalPolicy UnknownSni, RefusalPolicy NotTls);

/// <param name="Backend">It gets the connection, with the bytes that were read; null: the connection is refused.</param>
public sealed record RefusalPolicy(CloseMode Mode, string? Backend = null);

/// <summary>What the client sees of an end.</summary>
public enum CloseMode
{
    /// <summary>FIN.</summary>
    Close,

    /// <summary>RST.</summary>
    Reset,

    /// <summary>Nothing: the socket is held without an answer for a while and then closed.</summary>
    SilentDrop,

    /// <summary>The TLS alert unrecognized_name, then FIN; of a link that was never joined.</summary>
    Alert,
}
