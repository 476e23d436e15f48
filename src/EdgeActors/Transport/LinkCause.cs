namespace EdgeActors.Transport;

/// <summary>The first cause of a link's end, as the transport can know it. <c>Connection/CloseReason</c> says what it means.</summary>
public enum LinkCause
{
    /// <summary>It lives.</summary>
    None,

    /// <summary>Both sides sent FIN, and every byte before it arrived.</summary>
    Finished,

    /// <summary>The client's side broke (ECONNRESET, EPIPE, ETIMEDOUT ...).</summary>
    ClientBroken,

    /// <summary>The server's side broke after it had accepted.</summary>
    ServerBroken,

    /// <summary>The client was silent for too long.</summary>
    ClientTimeout,

    /// <summary>The server was silent for too long.</summary>
    ServerTimeout,

    /// <summary>Neither side sent anything for too long.</summary>
    TunnelTimeout,

    /// <summary>This side decided so; who called <see cref="Link.Close"/> knows why.</summary>
    Decided,

    /// <summary>The transport itself failed; a fault of this program.</summary>
    Internal,
}

/// <summary>What the client gets to see of an end.</summary>
public enum CloseManner
{
    /// <summary>FIN.</summary>
    Close,

    /// <summary>RST.</summary>
    Reset,

    /// <summary>Nothing: the socket is held quietly for a while and then taken away.</summary>
    SilentDrop,

    /// <summary>The TLS alert unrecognized_name, then FIN; of a link that was never joined.</summary>
    Alert,
}
