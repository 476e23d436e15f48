using System.Net;
using Akka.Actor;
using EdgeActors.Protocol;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry.Traffic;
using EdgeActors.Transport;

namespace EdgeActors.Telemetry;

public enum LogKind : byte
{
    /// <summary>A message of Edge or Akka.</summary>
    Text,
    Accept,
    Request,
    Connect,
    Close,

    /// <summary>Summary of unlogged drops. Log only.</summary>
    Drops,
}

/// <summary>An entry for the log and its subscribers.</summary>
/// <param name="Record">For a step; later fields may change, so a line has only the fields of its step.</param>
public readonly record struct LogEntry(
    LogKind Kind, DateTimeOffset When, ConnectionRecord? Record, string? Text, LogThreshold Level)
{
    public string? Source { get; init; }

    public ConnectionCounts Counts { get; init; }

    /// <summary>Only for <see cref="LogKind.Drops"/>.</summary>
    public KernelDropsLine? Kernel { get; init; }
}

/// <summary>A change of the clients that the kernel drops.</summary>
/// <param name="Dropped">Addresses and networks dropped from now on.</param>
/// <param name="Added">Null: none.</param>
public sealed record KernelDropsLine(string Listener, int Dropped, string? Added, string? Removed);

/// <summary>Connection counts at the end, as in HAProxy: process and listener include this connection, the server does not.</summary>
/// <param name="Ahead">Queue length when it began to wait; 0 if it did not.</param>
public readonly record struct ConnectionCounts(int Process, int Listener, int Backend, int Server, int Ahead);

/// <summary>In order.</summary>
public enum ConnectionPhase : byte
{
    Peeking,

    /// <summary>The hello is complete; the router or the rate limiter has not answered yet.</summary>
    Deciding,
    Queued,
    Dialling,

    /// <summary>A connect failed and another server is chosen. Shown to operators as <see cref="Dialling"/>.</summary>
    Redialling,
    Joined,
    Closing,
}

/// <summary>The facts of one connection for logs and operators. Written by the connection's actor only; other threads may read stale
/// values.</summary>
/// <param name="traffic">The listener's counters.</param>
public class ConnectionRecord(Link link, FrontendTraffic traffic, IActorRef connection)
{
    /// <summary>For a listener with other counters.</summary>
    internal ConnectionRecord(Link link, string listener, IActorRef connection)
        : this(link, new FrontendTraffic(listener), connection)
    {
    }

    public IActorRef Connection { get; } = connection;

    public Link Link { get; } = link;

    public IPAddress ClientAddress => Link.Client.Address;

    public string Listener => Traffic.Name;

    public FrontendTraffic Traffic { get; } = traffic;

    /// <summary>The configuration that accepted the connection.</summary>
    public long Generation { get; init; } = 1;

    public string? ServerName { get; internal set; }

    /// <summary>See <see cref="Protocol.ClientHello.InvalidName"/>.</summary>
    internal string? InvalidName { get; set; }

    /// <summary>The hello has an encrypted_client_hello extension (RFC 9849), so <see cref="ServerName"/> may be the outer name; or
    /// GREASE.</summary>
    public bool HasEch { get; internal set; }
    internal AlpnList Alpn { get; set; }

    /// <summary>True if the server was sent a <see cref="Protocol.ConnectionUniqueId"/>, which matches its log to this one.</summary>
    internal bool HasUniqueId { get; set; }

    /// <summary>Fields of the received PROXY header; empty once the connection is joined.</summary>
    internal byte[] ProxyFields { get; set; } = [];

    public string? Backend { get; internal set; }

    public string? Server { get; internal set; }

    /// <summary>Timestamp of the complete or invalid hello; 0 before.</summary>
    public long PeekedAt { get; internal set; }

    /// <summary>Timestamp of the rate limiter's answer; 0 before, or without a limit.</summary>
    public long AdmittedAt { get; internal set; }

    /// <summary>Timestamp of the first connect; 0 before.</summary>
    public long DialledAt { get; internal set; }

    /// <summary>Queue length of the backend when the connection began to wait.</summary>
    public int QueuedBehind { get; internal set; }

    /// <summary>Time in queues.</summary>
    internal int QueuedMs { get; set; }

    /// <summary>Client facts from the hello; null if not logged or not available.</summary>
    public HelloFacts? Hello { get; internal set; }

    public int Retries { get; internal set; }

    internal volatile bool Undecided;

    public CloseReason Reason => Link.Reason;

    public ConnectionPhase Phase { get; internal set; }
}
