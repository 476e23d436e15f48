using System.Net;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Routing;

/// <summary>How recent checks relate to the state; selects the check interval.</summary>
public enum HealthPhase
{
    Up,

    /// <summary>Recent checks disagree with the state.</summary>
    Transition,

    Down,
}

/// <summary>Immutable check results of one server. Rise and fall share HAProxy's level, 0 to rise + fall - 1: up at rise or more. A pass
/// that reaches rise sets the maximum; a failure below rise sets 0.</summary>
public sealed record ServerHealth
{
    private int Level { get; init; }

    private bool? LastPassed { get; init; }

    public bool Up { get; private init; }

    public HealthPhase Phase { get; private init; }

    /// <summary>Time of the last change; null: none since start.</summary>
    public DateTimeOffset? Since { get; init; }

    public CheckOutcome Last { get; init; } = new(CheckStatus.Initial);

    /// <summary>End of the last check; null before the first.</summary>
    public DateTimeOffset? CheckedAt { get; init; }

    /// <summary>Consecutive checks with the last result.</summary>
    public int InARow { get; init; }

    public long ChecksPassed { get; init; }

    public long ChecksFailed { get; init; }

    /// <summary>Failed checks while up, as counted by HAProxy.</summary>
    public long ChecksFailedWhileUp { get; init; }

    public long TimesDown { get; init; }

    /// <summary>Expiry (UTC) of the server's last certificate, if checks do a handshake.</summary>
    public DateTimeOffset? CertificateExpires { get; init; }

    /// <summary>Expiry of the certificate already warned about.</summary>
    internal DateTimeOffset? WarnedOf { get; init; }

    /// <summary>The router may have another state, so the first check reports in any case.</summary>
    internal bool MustTell { get; init; }

    /// <summary>For an unchecked server: if initially up, the first failure takes it down, as in HAProxy.</summary>
    public static ServerHealth Initial(HealthSettings settings, bool up) =>
        new ServerHealth { Up = up }.At(up ? settings.Rise : 0, settings, default);

    /// <summary>For a server with results of other checks.</summary>
    public static ServerHealth Known(HealthSettings settings, bool up) =>
        new ServerHealth { Up = up, MustTell = true }.At(up ? Top(settings) : 0, settings, default);

    public ServerHealth Checked(CheckOutcome outcome, HealthSettings settings, DateTimeOffset now) =>
        Counted(outcome.Succeeded, settings, now) with
        {
            Last = outcome,
            CheckedAt = now,
            CertificateExpires = outcome.CertificateExpires ?? CertificateExpires,
        };

    /// <summary>Applies an event that counts as a check.</summary>
    public ServerHealth Counted(bool passed, HealthSettings settings, DateTimeOffset now)
    {
        var level = passed
            ? Level + 1 >= settings.Rise ? Top(settings) : Level + 1
            : Level - 1 < settings.Rise ? 0 : Level - 1;
        return At(level, settings, now) with
        {
            LastPassed = passed,
            InARow = LastPassed == passed ? InARow + 1 : 1,
            ChecksPassed = ChecksPassed + (passed ? 1 : 0),
            ChecksFailed = ChecksFailed + (passed ? 0 : 1),
            ChecksFailedWhileUp = ChecksFailedWhileUp + (Up && !passed ? 1 : 0),
        };
    }

    /// <summary>Marks the server down without a check.</summary>
    public ServerHealth MarkedDown(HealthSettings settings, DateTimeOffset now) => Up ? At(0, settings, now) : this;

    /// <summary>The next failed check takes it down.</summary>
    public ServerHealth FailOnNext(HealthSettings settings) => At(Math.Min(Level, settings.Rise), settings, default);

    /// <summary>The next passed check takes it up.</summary>
    public ServerHealth PassOnNext(HealthSettings settings) => At(Math.Max(Level, settings.Rise - 1), settings, default);

    private static int Top(HealthSettings settings) => settings.Rise + settings.Fall - 1;

    private ServerHealth At(int level, HealthSettings settings, DateTimeOffset now)
    {
        var up = level >= settings.Rise;
        return this with
        {
            Level = level,
            Up = up,
            Phase = level == 0 ? HealthPhase.Down : level == Top(settings) ? HealthPhase.Up : HealthPhase.Transition,
            Since = up == Up ? Since : now,
            TimesDown = TimesDown + (Up && !up ? 1 : 0),
        };
    }
}

/// <summary>The result of a check in HAProxy's terms: layer and error.</summary>
public enum CheckStatus
{
    Initial,

    /// <summary>A local error; the server's state is unknown.</summary>
    SocketError,

    L4Ok,
    L4Connect,
    L4Timeout,
    L6Ok,
    L6Response,
    L6Timeout,
    L7Ok,

    /// <summary>Unexpected HTTP status.</summary>
    L7Status,

    /// <summary>No HTTP response.</summary>
    L7Response,
    L7Timeout,

    /// <summary>Not a check: clients' failed connects.</summary>
    Observed,
}

/// <param name="Detail">The error or HTTP status as text; may be empty.</param>
/// <param name="Duration">From the connect to the result.</param>
/// <param name="CertificateExpires">UTC, after a handshake.</param>
/// <param name="Address">The address that accepted after earlier ones failed; null: the first one did, or none.</param>
public sealed record CheckOutcome(
    CheckStatus Status,
    string Detail = "",
    TimeSpan Duration = default,
    int? HttpStatus = null,
    DateTimeOffset? CertificateExpires = null,
    EndPoint? Address = null)
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
    private static readonly string[] Labels =
        ["INI", "SOCKERR", "L4OK", "L4CON", "L4TOUT", "L6OK", "L6RSP", "L6TOUT", "L7OK", "L7STS", "L7RSP", "L7TOUT", "HANA"];

    /// <summary>HAProxy's name of the status.</summary>
    public static string Label(this CheckStatus status) => Labels.ElementAtOrDefault((int)status) ?? "UNK";
}
