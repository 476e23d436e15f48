namespace EdgeHost.Tests.Handover;

/// <summary>What a stream does until it is told to finish.</summary>
internal enum StreamKind
{
    /// <summary>Both sides send a little, every so often.</summary>
    Slow,

    /// <summary>Both sides send in bursts that fill buffers and pipes.</summary>
    Bulk,

    /// <summary>The client sends a few bytes, gets them back and notes the time.</summary>
    Ping,

    /// <summary>The server sends until nobody takes more: the client reads at the end only.</summary>
    BlockedClient,

    /// <summary>The client sends until nobody takes more: the server reads at the end only.</summary>
    BlockedServer,

    /// <summary>The client has sent FIN; the server goes on to send.</summary>
    HalfClosed,
}
