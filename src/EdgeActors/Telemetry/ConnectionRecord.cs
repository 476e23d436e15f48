using System.Net;
using Akka.Actor;
using EdgeActors.Protocol;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry.Traffic;
using EdgeActors.Transport;

namespace EdgeActors.Telemetry;

/// <summary>The steps of a connection that are logged, and everything else.</summary>
public enum LogKind : byte
{
    /// <summary>A message of Edge's own, or of Akka's.</summary>
    Text,
    Accept,
    Request,
    Connect,
    Close,

    /// <summary>Others of which nothing was written are summed up. Only for the log.</summary>
    Drops,
}

/// <summary>Something that happened, on its way to the log and to those who watch.</summary>
/// <param name="Record">For a step; its later fields may be filled in meanwhile, so a line says only what its step knows.</param>
/// <param name="Text">For text.</param>
public readonly record struct LogEntry(
    LogKind Kind, DateTimeOffset When, ConnectionRecord? Record, string? Text, LogThreshold Level)
{
    public string? Source { get; init; }

    public ConnectionCounts Counts { get; init; }
}

/// <summary>How many connections there were when one ended, as HAProxy counts them: it is still among those of process and listener, its server
/// has it no more.</summary>
/// <param name="Ahead">Connections that waited for the backend before it, when it had to wait; 0 when it had not.</param>
public readonly record struct ConnectionCounts(int Process, int Listener, int Backend, int Server, int Ahead);

/// <summary>The steps of a connection, in order.</summary>
public enum ConnectionPhase : byte
{
    Peeking,

    /// <summary>The hello is complete; the router's or the limiter's answer is missing.</summary>
    Deciding,
    Queued,
    Dialling,

    /// <summary>A server did not take the connection; another is being looked for. Operators see it as <see cref="Dialling"/>.</summary>
    Redialling,
    Joined,
    Closing,
}

/// <summary>
/// The facts of one connection, filled in step by step: what log lines and operators read. Written by the connection's actor alone; a reader
/// on another thread may see a step late.
/// </summary>
/// <param name="traffic">Where its listener counts.</param>
/// <param name="connection">The connection's actor.</param>
public class ConnectionRecord(Link link, FrontendTraffic traffic, IActorRef connection)
{
    /// <summary>Of a listener that counts elsewhere.</summary>
    internal ConnectionRecord(Link link, string listener, IActorRef connection)
        : this(link, new FrontendTraffic(listener), connection)
    {
    }

    public IActorRef Connection { get; } = connection;

    public Link Link { get; } = link;

    public IPAddress ClientAddress => Link.Client.Address;

    public string Listener => Traffic.Name;

    public FrontendTraffic Traffic { get; } = traffic;

    /// <summary>Of the configuration that it was accepted by.</summary>
    public long Generation { get; init; } = 1;

    public string? ServerName { get; internal set; }

    /// <summary>The hello has an encrypted_client_hello extension, so <see cref="ServerName"/> may be the outer name (RFC 9849); browsers send
    /// the extension to everyone, so it may as well be the only one.</summary>
    public bool HasEch { get; internal set; }
    internal AlpnList Alpn { get; set; }

    /// <summary>Whether the server was told a <see cref="Protocol.ConnectionUniqueId"/>, so that its log and this one's can be matched.</summary>
    internal bool HasUniqueId { get; set; }

    public string? Backend { get; internal set; }

    public string? Server { get; internal set; }

    /// <summary>Timestamp of the complete hello, or of the bytes that make none; 0 before.</summary>
    public long PeekedAt { get; internal set; }

    /// <summary>Timestamp of the rate limiter's answer; 0 before, and where nobody asked it.</summary>
    public long AdmittedAt { get; internal set; }

    /// <summary>Timestamp of the first attempt to connect to a server; 0 before.</summary>
    public long DialledAt { get; internal set; }

    /// <summary>Connections that waited for its backend when it began to wait itself.</summary>
    public int QueuedBehind { get; internal set; }

    /// <summary>What the hello says of the client; null unless the log is to tell, or if there was none.</summary>
    public HelloFacts? Hello { get; internal set; }

    public int Retries { get; internal set; }

    internal volatile bool Undecided;

    /// <summary>The first reason to close; <see cref="CloseReason.None"/> while it lives.</summary>
    public CloseReason Reason => Link.Reason;

    public ConnectionPhase Phase { get; internal set; }
}
