using System.Net.Sockets;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Transport;

public sealed class CloseReasonSpecs
{
    public static TheoryData<CloseReason> All() => [.. Enum.GetValues<CloseReason>()];

    [Theory]
    [MemberData(nameof(All))]
    public void Every_reason_has_its_row(CloseReason reason)
    {
        var facts = reason.Facts();
        Assert.Matches("^[A-Z_]+$", facts.Label);
        Assert.Matches("^[-CSPRIDKcs][-RQCDL]$", facts.State);
    }

    /// <param name="error">errno of connect(2): ENOENT, EACCES, ECONNREFUSED, EMFILE.</param>
    [Theory]
    [InlineData(2, CloseReason.ConnectUnreachable)]
    [InlineData(13, CloseReason.ConnectRefused)]
    [InlineData(111, CloseReason.ConnectRefused)]
    [InlineData(24, CloseReason.LocalResource)]
    public void A_failed_connect_to_a_unix_socket_has_its_reason(int error, CloseReason reason) =>
        Assert.Equal(reason, Errno.ToCloseReasonOfUnix(error));

    /// <summary>As HAProxy has it, letter by letter: its documentation, section 8.5, and what its log says for the same event.</summary>
    [Theory]
    [InlineData(CloseReason.None, "NONE", CloseSide.None, "--")]
    // A proxy's decision (P) before a server was asked (R): what a rule that rejects or drops silently leaves in the log.
    [InlineData(CloseReason.HelloTimeout, "HELLO_TIMEOUT", CloseSide.Client, "PR")]
    [InlineData(CloseReason.HelloTooLarge, "HELLO_TOO_LARGE", CloseSide.Client, "PR")]
    [InlineData(CloseReason.HelloMalformed, "HELLO_MALFORMED", CloseSide.Client, "PR")]
    [InlineData(CloseReason.NotTls, "NOT_TLS", CloseSide.Client, "PR")]
    [InlineData(CloseReason.NoSni, "NO_SNI", CloseSide.Client, "PR")]
    [InlineData(CloseReason.InvalidSni, "INVALID_SNI", CloseSide.Client, "PR")]
    [InlineData(CloseReason.UnknownSni, "UNKNOWN_SNI", CloseSide.Client, "PR")]
    [InlineData(CloseReason.SniRefused, "SNI_REFUSED", CloseSide.Client, "PR")]
    [InlineData(CloseReason.ClientGone, "CLIENT_GONE", CloseSide.Client, "PR")]
    [InlineData(CloseReason.PeeksFull, "PEEKS_FULL", CloseSide.Edge, "PR")]
    [InlineData(CloseReason.RateLimited, "RATE_LIMITED", CloseSide.Client, "PR")]
    [InlineData(CloseReason.ProxyMissing, "PROXY_MISSING", CloseSide.Client, "PR")]
    [InlineData(CloseReason.ProxyMalformed, "PROXY_MALFORMED", CloseSide.Client, "PR")]
    [InlineData(CloseReason.ProxyUntrusted, "PROXY_UNTRUSTED", CloseSide.Client, "PR")]
    [InlineData(CloseReason.TooManyConnections, "TOO_MANY_CONNECTIONS", CloseSide.Client, "PR")]
    // A resource of the proxy's own (R) before the request was there (R): no memory.
    [InlineData(CloseReason.Memory, "MEMORY", CloseSide.Edge, "RR")]
    [InlineData(CloseReason.Denied, "DENIED", CloseSide.Client, "PR")]
    // The server's side (S, or s for a timeout), while connecting (C) or in the queue (Q).
    [InlineData(CloseReason.NoServer, "NO_SERVER", CloseSide.Server, "SC")]
    [InlineData(CloseReason.ConnectRefused, "CONNECT_REFUSED", CloseSide.Server, "SC")]
    [InlineData(CloseReason.ConnectReset, "CONNECT_RESET", CloseSide.Server, "SC")]
    [InlineData(CloseReason.ConnectTimeout, "CONNECT_TIMEOUT", CloseSide.Server, "sC")]
    [InlineData(CloseReason.ConnectUnreachable, "CONNECT_UNREACHABLE", CloseSide.Server, "SC")]
    // A resource of the proxy's own (R): no local port left, no memory.
    [InlineData(CloseReason.LocalResource, "LOCAL_RESOURCE", CloseSide.Edge, "RC")]
    [InlineData(CloseReason.QueueTimeout, "QUEUE_TIMEOUT", CloseSide.Server, "sQ")]
    [InlineData(CloseReason.QueueFull, "QUEUE_FULL", CloseSide.Server, "SQ")]
    [InlineData(CloseReason.ClientGoneQueued, "CLIENT_GONE_QUEUED", CloseSide.Client, "CQ")]
    // While data moves (D).
    [InlineData(CloseReason.Finished, "FINISHED", CloseSide.None, "--")]
    [InlineData(CloseReason.ClientReset, "CLIENT_RESET", CloseSide.Client, "CD")]
    [InlineData(CloseReason.ServerReset, "SERVER_RESET", CloseSide.Server, "SD")]
    [InlineData(CloseReason.ServerDown, "SERVER_DOWN", CloseSide.Server, "DD")]
    [InlineData(CloseReason.ClientTimeout, "CLIENT_TIMEOUT", CloseSide.Client, "cD")]
    [InlineData(CloseReason.ServerTimeout, "SERVER_TIMEOUT", CloseSide.Server, "sD")]
    [InlineData(CloseReason.TunnelTimeout, "TUNNEL_TIMEOUT", CloseSide.Client, "cD")]
    // By an operator (K), or an error of the proxy's own (I).
    [InlineData(CloseReason.Drained, "DRAINED", CloseSide.Edge, "KD")]
    [InlineData(CloseReason.Killed, "KILLED", CloseSide.Edge, "KD")]
    [InlineData(CloseReason.Internal, "INTERNAL", CloseSide.Edge, "ID")]
    public void Each_row_says_what_haproxy_says(CloseReason reason, string label, CloseSide side, string state)
    {
        var facts = reason.Facts();
        Assert.Equal((label, side, state), (facts.Label, facts.Side, facts.State));
    }

    [Fact]
    public void No_label_comes_twice() =>
        Assert.Equal(Enum.GetValues<CloseReason>().Length, Enum.GetValues<CloseReason>().Select(r => r.Facts().Label).Distinct().Count());

    [Theory]
    [InlineData(SocketError.ConnectionRefused, CloseReason.ConnectRefused)]
    [InlineData(SocketError.ConnectionReset, CloseReason.ConnectReset)]
    [InlineData(SocketError.Shutdown, CloseReason.ConnectReset)]
    [InlineData(SocketError.TimedOut, CloseReason.ConnectTimeout)]
    [InlineData(SocketError.HostUnreachable, CloseReason.ConnectUnreachable)]
    [InlineData(SocketError.TooManyOpenSockets, CloseReason.LocalResource)]
    [InlineData(SocketError.AddressNotAvailable, CloseReason.LocalResource)]
    public void A_failed_connect_has_a_reason(SocketError error, CloseReason reason) =>
        Assert.Equal(reason, CloseReasons.OfConnect(new SocketException((int)error)));

    [Fact]
    public void Anything_else_that_ends_a_connect_is_its_deadline() =>
        Assert.Equal(CloseReason.ConnectTimeout, CloseReasons.OfConnect(new OperationCanceledException()));
}
