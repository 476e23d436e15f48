using System.Net;
using EdgeActors.Admission;
using EdgeActors.Config;

namespace EdgeActors.Settings;

/// <summary>One entrance: where it listens and what it asks of a client before a backend is involved.</summary>
public sealed record ListenerSettings
{
    public required string Name { get; init; }

    /// <summary>At least one.</summary>
    public required IReadOnlyList<BindSettings> Binds { get; init; }

    /// <summary>The kernel's queue of connections not yet accepted.</summary>
    public required int Backlog { get; init; }

    /// <summary>Who is turned away at once; null: nobody.</summary>
    public required AccessList? Access { get; init; }

    /// <summary>Null: off.</summary>
    public required RateLimitSettings? RateLimit { get; init; }

    /// <summary>From accept to the last byte of the ClientHello.</summary>
    public required TimeSpan HelloTimeout { get; init; }

    /// <summary>Bytes of a ClientHello, record headers left out; one more is refused.</summary>
    public required int MaxHelloSize { get; init; }

    /// <summary>For clients without a route.</summary>
    public required RefusalSettings Refusals { get; init; }

    /// <summary>Peers that begin with a PROXY header, and are believed; null: there are none, and a header is no TLS.</summary>
    public IReadOnlyList<IPNetwork>? AcceptProxy { get; init; }
}

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

/// <summary>Connections that one source address may open.</summary>
/// <param name="Limit">That many within <paramref name="Per"/> are admitted, the next is not; null: any number.</param>
/// <param name="Per">Length of the sliding window, 1 ms to <see cref="MaxPeriod"/>.</param>
/// <param name="MaxConnections">That many at once on this node, the next is not admitted; null: any number.</param>
/// <param name="Key">What counts as one address.</param>
/// <param name="TableSize">Addresses remembered at once; beyond it the longest unseen is forgotten.</param>
/// <param name="Expire">Forgets an address unseen for this long; two windows at least, at most <see cref="MaxExpire"/>.</param>
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

/// <summary>What becomes of clients whose first bytes lead nowhere: each kind of them by a policy of its own.</summary>
/// <param name="NoSni">TLS without a server name.</param>
/// <param name="UnknownSni">A name that no route takes (the default route takes any), or something that is no name.</param>
/// <param name="NotTls">Another protocol by its first bytes.</param>
public sealed record RefusalSettings(RefusalPolicy NoSni, RefusalPolicy UnknownSni, RefusalPolicy NotTls);

/// <param name="Mode">How it ends, unless a backend is given.</param>
/// <param name="Backend">It is not refused but carried there, with the bytes that it has sent. A key of <see cref="EdgeSettings.Backends"/>.</param>
public sealed record RefusalPolicy(CloseMode Mode, string? Backend = null);
