using System.Net;
using Akka.Actor;
using EdgeActors.Protocol;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry.Traffic;
using EdgeActors.Transport;

namespace EdgeActors.Telemetry;

/// <summary>The steps of a connection, in order.</summary>
public enum ConnectionPhase : byte
{
    /// <summary>Its hello is not complete.</summary>
    Peeking,

    /// <summary>The hello is complete; the router's or the limiter's answer is missing.</summary>
    Deciding,

    /// <summary>Every usable server is full.</summary>
    Queued,

    /// <summary>A server is being connected to.</summary>
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

    /// <summary>The connection actor.</summary>
    public IActorRef Connection { get; } = connection;

    public Link Link { get; } = link;

    public IPAddress ClientAddress => Link.Client.Address;

    /// <summary>The name of the listener that it came by.</summary>
    public string Listener => Traffic.Name;

    /// <summary>Where its listener counts.</summary>
    public FrontendTraffic Traffic { get; } = traffic;

    /// <summary>Of the configuration that it was accepted by.</summary>
    public long Generation { get; init; } = 1;

    public string? ServerName { get; internal set; }

    /// <summary>The hello has an encrypted_client_hello extension, so <see cref="ServerName"/> may be the outer name (RFC 9849); browsers send
    /// the extension to everyone, so it may as well be the only one.</summary>
    public bool HasEch { get; internal set; }
    /// <summary>What the client offered in its hello.</summary>
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

    /// <summary>Connect attempts after the first.</summary>
    public int Retries { get; internal set; }

    /// <summary>Whether it waits for router or limiter.</summary>
    internal volatile bool Undecided;

    /// <summary>The first reason to close; <see cref="CloseReason.None"/> while it lives.</summary>
    public CloseReason Reason => Link.Reason;

    /// <summary>The step that the connection is at.</summary>
    public ConnectionPhase Phase { get; internal set; }
}
