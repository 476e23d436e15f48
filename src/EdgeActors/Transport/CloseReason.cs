using System.Net.Sockets;
using EdgeActors.Settings;

namespace EdgeActors.Transport;

/// <summary>Why a connection ended; the first reason wins. <see cref="CloseReasons"/> maps it to log line, metric and state.</summary>
public enum CloseReason
{
    None,

    // Before a server is chosen.
    HelloTimeout,
    HelloTooLarge,
    HelloMalformed,
    NotTls,
    NoSni,
    InvalidSni,
    UnknownSni,
    SniRefused,
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

    /// <summary>The process before has crashed while it held bytes in user space.</summary>
    Crashed,
}

/// <summary>Which side caused the end.</summary>
public enum CloseSide
{
    None,
    Client,
    Server,
    Edge,
}

/// <param name="Label">Used in log lines and as metric label.</param>
/// <param name="State">HAProxy's two-letter termination state, for existing log tools.</param>
/// <param name="Mode">How the client is closed, unless the listener has a policy for clients without a route.</param>
public readonly record struct CloseFacts(string Label, CloseSide Side, string State, CloseMode Mode);

/// <summary>The properties of each <see cref="CloseReason"/>.</summary>
public static class CloseReasons
{
    private static readonly CloseFacts[] Table = BuildTable();

    /// <summary>The number of reasons; each value is below it.</summary>
    public static int Count => Table.Length;

    public static CloseFacts Facts(this CloseReason reason) => Table[(int)reason];

    /// <summary>True if the connection ended before a server was chosen, through neither Edge nor an operator.</summary>
    public static bool IsDrop(this CloseReason reason) => reason is >= CloseReason.HelloTimeout and <= CloseReason.Denied;

    /// <summary>Maps a connect error; anything but a socket error is a timeout.</summary>
    public static CloseReason OfConnect(Exception e) =>
        e is SocketException socket ? OfConnect(socket.SocketErrorCode) : CloseReason.ConnectTimeout;

    /// <summary>Maps the error of connect(2) or of the first send.</summary>
    public static CloseReason OfConnect(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => CloseReason.ConnectRefused,
        SocketError.ConnectionReset or SocketError.Shutdown => CloseReason.ConnectReset,
        SocketError.TimedOut => CloseReason.ConnectTimeout,
        // No port, descriptor or memory: a local error, not the server's.
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
        Row(CloseReason.SniRefused, "SNI_REFUSED", CloseSide.Client, "PR", CloseMode.SilentDrop);
        Row(CloseReason.ClientGone, "CLIENT_GONE", CloseSide.Client, "PR", CloseMode.Close);
        Row(CloseReason.PeeksFull, "PEEKS_FULL", CloseSide.Edge, "PR", CloseMode.SilentDrop);
        Row(CloseReason.RateLimited, "RATE_LIMITED", CloseSide.Client, "PR", CloseMode.SilentDrop);
        // The peer is another balancer, whose operator must see the error at once.
        Row(CloseReason.ProxyMissing, "PROXY_MISSING", CloseSide.Client, "PR", CloseMode.Close);
        Row(CloseReason.ProxyMalformed, "PROXY_MALFORMED", CloseSide.Client, "PR", CloseMode.Close);
        Row(CloseReason.ProxyUntrusted, "PROXY_UNTRUSTED", CloseSide.Client, "PR", CloseMode.SilentDrop);
        Row(CloseReason.TooManyConnections, "TOO_MANY_CONNECTIONS", CloseSide.Client, "PR", CloseMode.SilentDrop);
        // Silent drops need memory, too, and a client that is refused can retry elsewhere at once.
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
        // A reset: the server's data is truncated and must not look complete.
        Row(CloseReason.ServerDown, "SERVER_DOWN", CloseSide.Server, "DD", CloseMode.Reset);
        Row(CloseReason.ClientTimeout, "CLIENT_TIMEOUT", CloseSide.Client, "cD", CloseMode.Close);
        Row(CloseReason.ServerTimeout, "SERVER_TIMEOUT", CloseSide.Server, "sD", CloseMode.Close);
        Row(CloseReason.TunnelTimeout, "TUNNEL_TIMEOUT", CloseSide.Client, "cD", CloseMode.Close);
        Row(CloseReason.Drained, "DRAINED", CloseSide.Edge, "KD", CloseMode.Close);
        // A reset, since data of either side is truncated.
        Row(CloseReason.Killed, "KILLED", CloseSide.Edge, "KD", CloseMode.Reset);
        Row(CloseReason.Internal, "INTERNAL", CloseSide.Edge, "ID", CloseMode.Reset);
        Row(CloseReason.Crashed, "CRASHED", CloseSide.Edge, "ID", CloseMode.Reset);
        return table;
    }
}

/// <summary>TLS alerts as whole records.</summary>
internal static class TlsAlerts
{
    /// <summary>How long a socket stays open after the alert. An immediate close answers further client data (early data) with a reset,
    /// after which the client's kernel may discard the unread alert.</summary>
    public static readonly TimeSpan Linger = TimeSpan.FromSeconds(1);

    /// <summary>Fatal unrecognized_name(112): record type 21, version 0x0303 before negotiation (RFC 8446 §5.1, §6, RFC 6066 §3).</summary>
    public static ReadOnlySpan<byte> UnrecognizedName => [21, 3, 3, 0, 2, 2, 112];
}
