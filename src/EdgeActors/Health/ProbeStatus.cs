using System.Net;

namespace EdgeActors.Health;

/// <summary>What is known of one server, as one immutable picture.</summary>
public sealed record ProbeStatus
{
    public required string Backend { get; init; }

    public required string Server { get; init; }

    public required IPEndPoint EndPoint { get; init; }

    public required bool Up { get; init; }

    /// <summary>Of the last change; null: as it started.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The last check.</summary>
    public CheckOutcome Last { get; init; } = new(CheckStatus.Initial);

    /// <summary>When it ended; null before the first.</summary>
    public DateTimeOffset? CheckedAt { get; init; }

    /// <summary>Checks with its outcome, back to the first that had another.</summary>
    public int InARow { get; init; }

    public long ChecksPassed { get; init; }

    public long ChecksFailed { get; init; }

    public long ChecksFailedWhileUp { get; init; }

    /// <summary>How often it went down.</summary>
    public long TimesDown { get; init; }

    /// <summary>Where checks handshake: when the certificate that the server showed last expires, in UTC.</summary>
    public DateTimeOffset? CertificateExpires { get; init; }
}

/// <summary>Where the latest picture of one server is: it outlives the probe, which alone writes it, and anyone may read it.</summary>
public sealed class ProbeRecord(ProbeStatus first)
{
    private ProbeStatus _status = first;

    public ProbeStatus Status => Volatile.Read(ref _status);

    internal void Publish(ProbeStatus next) => Volatile.Write(ref _status, next);

    /// <summary>The certificate that was warned of, by its end.</summary>
    internal DateTimeOffset? WarnedOf { get; set; }
}
