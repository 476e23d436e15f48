using EdgeActors.Transport;

namespace EdgeActors.Telemetry.Traffic;

/// <summary>Which of HAProxy's counters a reason belongs to. Each is in one of them at most; in none are ordinary ends and orders to close.</summary>
public static class ReasonGroups
{
    /// <summary>By what is known at accept (<c>dcon</c>).</summary>
    public static ReadOnlySpan<CloseReason> DeniedConnections => [CloseReason.Denied, CloseReason.TooManyConnections, CloseReason.Memory];

    /// <summary>By policy, once the client has spoken or the limiter has (<c>dreq</c>).</summary>
    public static ReadOnlySpan<CloseReason> DeniedRequests =>
        [CloseReason.RateLimited, CloseReason.NoSni, CloseReason.InvalidSni, CloseReason.UnknownSni, CloseReason.NotTls, CloseReason.PeeksFull];

    /// <summary>What clients did not say, or said wrongly (<c>ereq</c>).</summary>
    public static ReadOnlySpan<CloseReason> RequestErrors =>
    [
        CloseReason.HelloTimeout, CloseReason.HelloTooLarge, CloseReason.HelloMalformed, CloseReason.ClientGone,
        CloseReason.ProxyMissing, CloseReason.ProxyMalformed, CloseReason.ProxyUntrusted,
    ];

    /// <summary>No server was to be had (<c>econ</c>).</summary>
    public static ReadOnlySpan<CloseReason> ConnectionErrors =>
    [
        CloseReason.NoServer, CloseReason.ConnectRefused, CloseReason.ConnectReset, CloseReason.ConnectTimeout, CloseReason.ConnectUnreachable,
        CloseReason.LocalResource, CloseReason.QueueTimeout, CloseReason.QueueFull,
    ];

    /// <summary>(<c>cli_abrt</c>)</summary>
    public static ReadOnlySpan<CloseReason> ClientAborts =>
        [CloseReason.ClientGoneQueued, CloseReason.ClientReset, CloseReason.ClientTimeout, CloseReason.TunnelTimeout];

    /// <summary>(<c>srv_abrt</c>)</summary>
    public static ReadOnlySpan<CloseReason> ServerAborts => [CloseReason.ServerReset, CloseReason.ServerTimeout, CloseReason.ServerDown];

    /// <summary>(<c>eint</c>)</summary>
    public static ReadOnlySpan<CloseReason> InternalErrors => [CloseReason.Internal];
}
