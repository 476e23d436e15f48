using System.Net.Sockets;
using EdgeActors.Settings;

namespace EdgeActors.Transport;

/// <summary>
/// Why a connection ended: one reason each, the first one. Log line, metric and termination state derive from it by way of
/// <see cref="CloseReasons"/>.
/// </summary>
public enum CloseReason
{
    None,

    // Before a server is asked.
    HelloTimeout,
    HelloTooLarge,
    HelloMalformed,
    NotTls,
    NoSni,
    InvalidSni,
    UnknownSni,
    ClientGone,
    PeeksFull,
    RateLimited,
    ProxyMissing,
    ProxyMalformed,
    ProxyUntrusted,
    TooManyConnections,
    Memory,
    Denied,

    // While a server is looked for.
    NoServer,
    ConnectRefused,
    ConnectReset,
    ConnectTimeout,
    ConnectUnreachable,
    LocalResource,
    QueueTimeout,
    QueueFull,
    ClientGoneQueued,

    // Joined.
    Finished,
    ClientReset,
    ServerReset,
    ServerDown,
    ClientTimeout,
    ServerTimeout,
    TunnelTimeout,

    // At any time.
    Drained,
    Killed,
    Internal,
}

/// <summary>Whose doing an end is.</summary>
public enum CloseSide
{
    None,
    Client,
    Server,
    Edge,
}

/// <param name="Label">In log lines and as metric label.</param>
/// <param name="Side">Whose doing it is.</param>
/// <param name="State">HAProxy's two-letter termination state for the same event, so that existing log tools keep working.</param>
/// <param name="Mode">What the client gets to see, unless the listener has a policy for clients without a route.</param>
public readonly record struct CloseFacts(string Label, CloseSide Side, string State, CloseMode Mode);

/// <summary>The one table of what each <see cref="CloseReason"/> means.</summary>
public static class CloseReasons
{
    private static readonly CloseFacts[] Table = BuildTable();

    /// <summary>How many reasons there are; each is less than that.</summary>
    public static int Count => Table.Length;

    public static CloseFacts Facts(this CloseReason reason) => Table[(int)reason];

    /// <summary>Whether the connection ended before a server was asked, and not by Edge's own doing or order.</summary>
    public static bool IsDrop(this CloseReason reason) => reason is >= CloseReason.HelloTimeout and <= CloseReason.Denied;

    /// <summary>Why a server did not take a connection; anything but a socket's error is its deadline.</summary>
    public static CloseReason OfConnect(Exception e) =>
        e is SocketException socket ? OfConnect(socket.SocketErrorCode) : CloseReason.ConnectTimeout;

    /// <summary>Why a server did not take a connection: the error of connect(2), or of the first send.</summary>
    public static CloseReason OfConnect(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => CloseReason.ConnectRefused,
        SocketError.ConnectionReset or SocketError.Shutdown => CloseReason.ConnectReset,
        SocketError.TimedOut => CloseReason.ConnectTimeout,
        // No port, no descriptor, no memory: this machine could not dial.
        SocketError.AddressNotAvailable or SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable
            or SocketError.AccessDenied or SocketError.AddressAlreadyInUse => CloseReason.LocalResource,
        _ => CloseReason.ConnectUnreachable,
    };

    private static CloseFacts[] BuildTable()
    {
        var table = new CloseFacts[Enum.GetValues<CloseReason>().Length];
        void Row(CloseReason reason, string label, CloseSide side, string state, CloseMode mode) =>
            table[(int)reason] = new CloseFacts(label, side, state, mode);

        Row(CloseReason.None, "NONE", CloseSide.None, "--", CloseMode.Close);
        Row(CloseReason.HelloTimeout, "HELLO_TIMEOUT", CloseSide.Client, "PR", CloseMode.SilentDrop);
        Row(CloseReason.HelloTooLarge, "HELLO_TOO_LARGE", CloseSide.Client, "PR", CloseMode.SilentDrop);
        Row(CloseReason.HelloMalformed, "HELLO_MALFORMED", CloseSide.Client, "PR", CloseMode.SilentDrop);
        Row(CloseReason.NotTls, "NOT_TLS", CloseSide.Client, "PR", CloseMode.SilentDrop);
        Row(CloseReason.NoSni, "NO_SNI", CloseSide.Client, "PR", CloseMode.SilentDrop);
        Row(CloseReason.InvalidSni, "INVALID_SNI", CloseSide.Client, "PR", CloseMode.SilentDrop);
        Row(CloseReason.UnknownSni, "UNKNOWN_SNI", CloseSide.Client, "PR", CloseMode.SilentDrop);
        Row(CloseReason.ClientGone, "CLIENT_GONE", CloseSide.Client, "PR", CloseMode.Close);
        Row(CloseReason.PeeksFull, "PEEKS_FULL", CloseSide.Edge, "PR", CloseMode.SilentDrop);
        Row(CloseReason.RateLimited, "RATE_LIMITED", CloseSide.Client, "PR", CloseMode.SilentDrop);
        // Another balancer stands there, whose operator is to see at once that something is wrong.
        Row(CloseReason.ProxyMissing, "PROXY_MISSING", CloseSide.Client, "PR", CloseMode.Close);
        Row(CloseReason.ProxyMalformed, "PROXY_MALFORMED", CloseSide.Client, "PR", CloseMode.Close);
        Row(CloseReason.ProxyUntrusted, "PROXY_UNTRUSTED", CloseSide.Client, "PR", CloseMode.SilentDrop);
        Row(CloseReason.TooManyConnections, "TOO_MANY_CONNECTIONS", CloseSide.Client, "PR", CloseMode.SilentDrop);
        // What is held quietly takes memory, too; and a client that is told can try elsewhere at once.
        Row(CloseReason.Memory, "MEMORY", CloseSide.Edge, "RR", CloseMode.Reset);
        Row(CloseReason.Denied, "DENIED", CloseSide.Client, "PR", CloseMode.SilentDrop);
        Row(CloseReason.NoServer, "NO_SERVER", CloseSide.Server, "SC", CloseMode.Close);
        Row(CloseReason.ConnectRefused, "CONNECT_REFUSED", CloseSide.Server, "SC", CloseMode.Close);
        Row(CloseReason.ConnectReset, "CONNECT_RESET", CloseSide.Server, "SC", CloseMode.Close);
        Row(CloseReason.ConnectTimeout, "CONNECT_TIMEOUT", CloseSide.Server, "sC", CloseMode.Close);
        Row(CloseReason.ConnectUnreachable, "CONNECT_UNREACHABLE", CloseSide.Server, "SC", CloseMode.Close);
        Row(CloseReason.LocalResource, "LOCAL_RESOURCE", CloseSide.Edge, "RC", CloseMode.Close);
        Row(CloseReason.QueueTimeout, "QUEUE_TIMEOUT", CloseSide.Server, "sQ", CloseMode.Close);
        Row(CloseReason.QueueFull, "QUEUE_FULL", CloseSide.Server, "SQ", CloseMode.Close);
        Row(CloseReason.ClientGoneQueued, "CLIENT_GONE_QUEUED", CloseSide.Client, "CQ", CloseMode.Close);
        Row(CloseReason.Finished, "FINISHED", CloseSide.None, "--", CloseMode.Close);
        Row(CloseReason.ClientReset, "CLIENT_RESET", CloseSide.Client, "CD", CloseMode.Reset);
        Row(CloseReason.ServerReset, "SERVER_RESET", CloseSide.Server, "SD", CloseMode.Reset);
        // As a reset: what the server had still to say is cut off, and must not look like its end.
        Row(CloseReason.ServerDown, "SERVER_DOWN", CloseSide.Server, "DD", CloseMode.Reset);
        Row(CloseReason.ClientTimeout, "CLIENT_TIMEOUT", CloseSide.Client, "cD", CloseMode.Close);
        Row(CloseReason.ServerTimeout, "SERVER_TIMEOUT", CloseSide.Server, "sD", CloseMode.Close);
        Row(CloseReason.TunnelTimeout, "TUNNEL_TIMEOUT", CloseSide.Client, "cD", CloseMode.Close);
        Row(CloseReason.Drained, "DRAINED", CloseSide.Edge, "KD", CloseMode.Close);
        // A reset, as what either side had still to say is cut off.
        Row(CloseReason.Killed, "KILLED", CloseSide.Edge, "KD", CloseMode.Reset);
        Row(CloseReason.Internal, "INTERNAL", CloseSide.Edge, "ID", CloseMode.Reset);
        return table;
    }
}

/// <summary>TLS alerts as whole records.</summary>
internal static class TlsAlerts
{
    /// <summary>
    /// How long a socket is kept once the alert is on its way. Closed at once, it would answer what the client sends meanwhile (early
    /// data, say) with a reset, and a client's kernel may throw the alert away with it unread.
    /// </summary>
    public static readonly TimeSpan Linger = TimeSpan.FromSeconds(1);

    /// <summary>Fatal unrecognized_name(112): record type 21, version 0x0303 whatever was offered, as nothing is agreed yet (RFC 8446 §5.1
    /// and §6, RFC 6066 §3).</summary>
    public static ReadOnlySpan<byte> UnrecognizedName => [21, 3, 3, 0, 2, 2, 112];
}
