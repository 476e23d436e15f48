using EdgeActors.Transport;

namespace EdgeActors.Routing;

/// <summary>How a check ended, in HAProxy's terms, so that its tools and habits keep working: the layer, and what went wrong on it.</summary>
public enum CheckStatus
{
    /// <summary>There was none yet.</summary>
    Initial,

    /// <summary>This machine could not dial; nothing is known of the server.</summary>
    SocketError,

    /// <summary>It took the connection, and no more was asked of it.</summary>
    L4Ok,

    /// <summary>It did not take the connection.</summary>
    L4Connect,
    L4Timeout,

    /// <summary>The TLS handshake went well.</summary>
    L6Ok,

    /// <summary>It failed.</summary>
    L6Response,
    L6Timeout,

    /// <summary>An HTTP status that was expected.</summary>
    L7Ok,

    /// <summary>One that was not.</summary>
    L7Status,

    /// <summary>No HTTP response at all.</summary>
    L7Response,
    L7Timeout,

    /// <summary>Not a check: clients' connections that were not taken.</summary>
    Observed,
}

/// <param name="Status">What it comes to.</param>
/// <param name="Detail">The error or the HTTP status, for people; may be empty.</param>
/// <param name="Duration">From the connect to the verdict.</param>
/// <param name="HttpStatus">Of an HTTP response.</param>
/// <param name="CertificateExpires">Where there was a handshake, in UTC.</param>
public sealed record CheckOutcome(
    CheckStatus Status, string Detail = "", TimeSpan Duration = default, int? HttpStatus = null, DateTimeOffset? CertificateExpires = null)
{
    public bool Succeeded => Status is CheckStatus.L4Ok or CheckStatus.L6Ok or CheckStatus.L7Ok;

    public static CheckOutcome NotConnected(CloseReason failure) => failure switch
    {
        CloseReason.ConnectTimeout => new CheckOutcome(CheckStatus.L4Timeout, "timed out"),
        CloseReason.LocalResource => new CheckOutcome(CheckStatus.SocketError, "this machine could not dial"),
        _ => new CheckOutcome(CheckStatus.L4Connect, Words(failure)),
    };

    public static string Words(CloseReason failure) => failure switch
    {
        CloseReason.ConnectRefused => "refused",
        CloseReason.ConnectReset => "reset",
        CloseReason.ConnectTimeout => "timed out",
        CloseReason.ConnectUnreachable => "unreachable",
        _ => "no local resource",
    };

    /// <summary>Such as <c>L7STS 503</c>.</summary>
    public override string ToString() => Detail.Length == 0 ? Status.Label() : $"{Status.Label()} {Detail}";
}

public static class CheckStatuses
{
    /// <summary>HAProxy's word for it, as in its statistics.</summary>
    public static string Label(this CheckStatus status) => status switch
    {
        CheckStatus.Initial => "INI",
        CheckStatus.SocketError => "SOCKERR",
        CheckStatus.L4Ok => "L4OK",
        CheckStatus.L4Connect => "L4CON",
        CheckStatus.L4Timeout => "L4TOUT",
        CheckStatus.L6Ok => "L6OK",
        CheckStatus.L6Response => "L6RSP",
        CheckStatus.L6Timeout => "L6TOUT",
        CheckStatus.L7Ok => "L7OK",
        CheckStatus.L7Status => "L7STS",
        CheckStatus.L7Response => "L7RSP",
        CheckStatus.L7Timeout => "L7TOUT",
        CheckStatus.Observed => "HANA",
        _ => "UNK",
    };
}
