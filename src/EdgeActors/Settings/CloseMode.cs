namespace EdgeActors.Settings;

/// <summary>What the client gets to see of an end.</summary>
public enum CloseMode
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
