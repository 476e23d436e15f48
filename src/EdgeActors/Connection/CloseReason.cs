using EdgeActors.Transport;

namespace EdgeActors.Connection;

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
/// <param name="Manner">What the client gets to see, unless the listener has a policy for clients without a route.</param>
public readonly record struct CloseFacts(string Label, CloseSide Side, string State, CloseManner Manner);

/// <summary>The one table of what each <see cref="CloseReason"/> means.</summary>
public static class CloseReasons
{
    private static readonly CloseFacts[] Table = BuildTable();

    /// <summary>How many reasons there are; each is less than that.</summary>
    public static int Count => Table.Length;

    public static CloseFacts Facts(this CloseReason reason) => Table[(int)reason];

    /// <summary>Whether the connection ended before a server was asked, and not by Edge's own doing or order.</summary>
    public static bool IsDrop(this CloseReason reason) => reason is >= CloseReason.HelloTimeout and <= CloseReason.Denied;

    /// <summary>What the transport's cause means for a connection that was joined.</summary>
    public static CloseReason From(LinkCause cause) => cause switch
    {
        LinkCause.Finished => CloseReason.Finished,
        LinkCause.ClientBroken => CloseReason.ClientReset,
        LinkCause.ServerBroken => CloseReason.ServerReset,
        LinkCause.ClientTimeout => CloseReason.ClientTimeout,
        LinkCause.ServerTimeout => CloseReason.ServerTimeout,
        LinkCause.TunnelTimeout => CloseReason.TunnelTimeout,
        _ => CloseReason.Internal,
    };

    public static CloseReason From(ConnectFailure failure) => failure switch
    {
        ConnectFailure.Refused => CloseReason.ConnectRefused,
        ConnectFailure.Reset => CloseReason.ConnectReset,
        ConnectFailure.TimedOut => CloseReason.ConnectTimeout,
        ConnectFailure.Unreachable => CloseReason.ConnectUnreachable,
        _ => CloseReason.LocalResource,
    };

    private static CloseFacts[] BuildTable()
    {
        var table = new CloseFacts[Enum.GetValues<CloseReason>().Length];
        void Row(CloseReason reason, string label, CloseSide side, string state, CloseManner manner) =>
            table[(int)reason] = new CloseFacts(label, side, state, manner);

        Row(CloseReason.None, "NONE", CloseSide.None, "--", CloseManner.Close);
        Row(CloseReason.HelloTimeout, "HELLO_TIMEOUT", CloseSide.Client, "PR", CloseManner.SilentDrop);
        Row(CloseReason.HelloTooLarge, "HELLO_TOO_LARGE", CloseSide.Client, "PR", CloseManner.SilentDrop);
        Row(CloseReason.HelloMalformed, "HELLO_MALFORMED", CloseSide.Client, "PR", CloseManner.SilentDrop);
        Row(CloseReason.NotTls, "NOT_TLS", CloseSide.Client, "PR", CloseManner.SilentDrop);
        Row(CloseReason.NoSni, "NO_SNI", CloseSide.Client, "PR", CloseManner.SilentDrop);
        Row(CloseReason.InvalidSni, "INVALID_SNI", CloseSide.Client, "PR", CloseManner.SilentDrop);
        Row(CloseReason.UnknownSni, "UNKNOWN_SNI", CloseSide.Client, "PR", CloseManner.SilentDrop);
        Row(CloseReason.ClientGone, "CLIENT_GONE", CloseSide.Client, "PR", CloseManner.Close);
        Row(CloseReason.PeeksFull, "PEEKS_FULL", CloseSide.Edge, "PR", CloseManner.SilentDrop);
        Row(CloseReason.RateLimited, "RATE_LIMITED", CloseSide.Client, "PR", CloseManner.SilentDrop);
        // Another balancer stands there, whose operator is to see at once that something is wrong.
        Row(CloseReason.ProxyMissing, "PROXY_MISSING", CloseSide.Client, "PR", CloseManner.Close);
        Row(CloseReason.ProxyMalformed, "PROXY_MALFORMED", CloseSide.Client, "PR", CloseManner.Close);
        Row(CloseReason.ProxyUntrusted, "PROXY_UNTRUSTED", CloseSide.Client, "PR", CloseManner.SilentDrop);
        Row(CloseReason.TooManyConnections, "TOO_MANY_CONNECTIONS", CloseSide.Client, "PR", CloseManner.SilentDrop);
        // What is held quietly takes memory, too; and a client that is told can try elsewhere at once.
        Row(CloseReason.Memory, "MEMORY", CloseSide.Edge, "RR", CloseManner.Reset);
        Row(CloseReason.Denied, "DENIED", CloseSide.Client, "PR", CloseManner.SilentDrop);
        Row(CloseReason.NoServer, "NO_SERVER", CloseSide.Server, "SC", CloseManner.Close);
        Row(CloseReason.ConnectRefused, "CONNECT_REFUSED", CloseSide.Server, "SC", CloseManner.Close);
        Row(CloseReason.ConnectReset, "CONNECT_RESET", CloseSide.Server, "SC", CloseManner.Close);
        Row(CloseReason.ConnectTimeout, "CONNECT_TIMEOUT", CloseSide.Server, "sC", CloseManner.Close);
        Row(CloseReason.ConnectUnreachable, "CONNECT_UNREACHABLE", CloseSide.Server, "SC", CloseManner.Close);
        Row(CloseReason.LocalResource, "LOCAL_RESOURCE", CloseSide.Edge, "RC", CloseManner.Close);
        Row(CloseReason.QueueTimeout, "QUEUE_TIMEOUT", CloseSide.Server, "sQ", CloseManner.Close);
        Row(CloseReason.QueueFull, "QUEUE_FULL", CloseSide.Server, "SQ", CloseManner.Close);
        Row(CloseReason.ClientGoneQueued, "CLIENT_GONE_QUEUED", CloseSide.Client, "CQ", CloseManner.Close);
        Row(CloseReason.Finished, "FINISHED", CloseSide.None, "--", CloseManner.Close);
        Row(CloseReason.ClientReset, "CLIENT_RESET", CloseSide.Client, "CD", CloseManner.Reset);
        Row(CloseReason.ServerReset, "SERVER_RESET", CloseSide.Server, "SD", CloseManner.Reset);
        // As a reset: what the server had still to say is cut off, and must not look like its end.
        Row(CloseReason.ServerDown, "SERVER_DOWN", CloseSide.Server, "DD", CloseManner.Reset);
        Row(CloseReason.ClientTimeout, "CLIENT_TIMEOUT", CloseSide.Client, "cD", CloseManner.Close);
        Row(CloseReason.ServerTimeout, "SERVER_TIMEOUT", CloseSide.Server, "sD", CloseManner.Close);
        Row(CloseReason.TunnelTimeout, "TUNNEL_TIMEOUT", CloseSide.Client, "cD", CloseManner.Close);
        Row(CloseReason.Drained, "DRAINED", CloseSide.Edge, "KD", CloseManner.Close);
        // A reset, as what either side had still to say is cut off.
        Row(CloseReason.Killed, "KILLED", CloseSide.Edge, "KD", CloseManner.Reset);
        Row(CloseReason.Internal, "INTERNAL", CloseSide.Edge, "ID", CloseManner.Reset);
        return table;
    }
}
