using AkkaConfig = Akka.Configuration.Config;

namespace EdgeActors.Cluster.Remoting;

/// <summary>Bounds of the transport.</summary>
public sealed record NodeTransportLimits
{
    /// <summary>Akka's own default is 15 s; nodes of a pair are next to each other.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Connections at once whose peer has yet to show a certificate. One more takes the place of the oldest, which is the likeliest to have stalled: so
    /// strangers who stall cannot keep nodes out.</summary>
    public int MaxHandshakes { get; init; } = 32;

    /// <summary>Bytes of a message on the wire. Akka.Remote wants at least 32,000.</summary>
    public int MaxFrame { get; init; } = 256_000;

    /// <summary>Bytes that wait for one association's socket; more are not taken, which makes Akka.Remote keep them and try again.</summary>
    public int MaxQueued { get; init; } = 4 << 20;

    /// <summary>How long sent bytes may lack their acknowledgement. The kernel alone would go on for a quarter of an hour (tcp_retries2), with pauses of up to two
    /// minutes, in which a cable that is back would not be noticed.</summary>
    public TimeSpan UnacknowledgedTimeout { get; init; } = TimeSpan.FromSeconds(10);

    public static NodeTransportLimits Usual { get; } = new();

    internal static NodeTransportLimits Of(AkkaConfig config) => new()
    {
        ConnectTimeout = config.GetTimeSpan("connect-timeout", Usual.ConnectTimeout, allowInfinite: false),
        HandshakeTimeout = config.GetTimeSpan("handshake-timeout", Usual.HandshakeTimeout, allowInfinite: false),
        MaxHandshakes = config.GetInt("max-handshakes", Usual.MaxHandshakes),
        MaxFrame = config.GetInt("maximum-frame-size", Usual.MaxFrame),
        MaxQueued = config.GetInt("max-queued-bytes", Usual.MaxQueued),
        UnacknowledgedTimeout = config.GetTimeSpan("unacknowledged-timeout", Usual.UnacknowledgedTimeout, allowInfinite: false),
    };
}
