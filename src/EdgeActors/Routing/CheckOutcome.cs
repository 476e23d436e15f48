using EdgeActors.Transport;

namespace EdgeActors.Routing;

/// <summary>How a check ended, in HAProxy's terms: the layer, and what failed on it.</summary>
public enum CheckStatus
{
    Initial,

    /// <summary>This machine could not dial; nothing is known of the server.</summary>
    SocketError,

    L4Ok,
    L4Connect,
    L4Timeout,
    L6Ok,
    L6Response,
    L6Timeout,
    L7Ok,

    /// <summary>An HTTP status that was not expected.</summary>
    L7Status,

    /// <summary>No HTTP response.</summary>
    L7Response,
    L7Timeout,

    /// <summary>Not a check: clients' connections that the server did not take.</summary>
    Observed,
}

/// <param name="Detail">The error or the HTTP status, for people; may be empty.</param>
/// <param name="Duration">From the connect to the verdict.</param>
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

    public override string ToString() => Detail.Length == 0 ? Status.Label() : $"{Status.Label()} {Detail}";
}

public static class CheckStatuses
{
    /// <summary>By status.</summary>
    private static readonly string[] Labels =
        ["INI", "SOCKERR", "L4OK", "L4CON", "L4TOUT", "L6OK", "L6RSP", "L6TOUT", "L7OK", "L7STS", "L7RSP", "L7TOUT", "HANA"];

    /// <summary>HAProxy's word for it, as in its statistics.</summary>
    public static string Label(this CheckStatus status) => Labels.ElementAtOrDefault((int)status) ?? "UNK";
}
