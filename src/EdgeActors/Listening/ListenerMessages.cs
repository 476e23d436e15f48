using System.Net.Sockets;
using EdgeActors.Connection;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Listening;

/// <summary>To a listener; answered with <see cref="Akka.Done"/> where nothing else is said.</summary>
public enum ListenerOrder
{
    /// <summary>Accept no more; connections go on.</summary>
    Unbind,

    /// <summary>It is in no configuration any more: as <see cref="Unbind"/>, and stop once the clients accepted last have been peeked at.</summary>
    Retire,

    /// <summary>Duplicate the listening sockets for another process. Answered with a list of <see cref="TransferredSocket"/>, or a failure.</summary>
    DuplicateSockets,

    /// <summary>From itself: try to bind again.</summary>
    BindAgain,

    /// <summary>From itself.</summary>
    Stop,
}

/// <summary>To a listener: bind the addresses that these settings add, to find out whether they can be applied. Answered with
/// <see cref="Prepared"/>; <see cref="Reconfigure"/> comes next, with these settings or the old ones.</summary>
internal sealed record Prepare(ListenerSettings Settings);

/// <param name="Failure">Null: every address is bound.</param>
internal sealed record Prepared(string? Failure);

/// <summary>To a listener: accept by these settings from now on, and close the sockets that are not in them. Answered with
/// <see cref="Akka.Done"/>.</summary>
internal sealed record Reconfigure(ListenerSettings Settings, long Generation);

/// <summary>To a listener: ignore the SYNs of new clients, or no longer; their TCP sends them again. Without a kernel filter nothing changes.
/// Answered with <see cref="Akka.Done"/>.</summary>
internal sealed record IgnoreNewClients(bool On);

/// <summary>Accepting has paused on an error that needs time or a new socket.</summary>
internal sealed record AcceptPaused(BindSettings Bind, SocketError Error, AcceptVerdict Verdict);

/// <summary>A pause is over.</summary>
internal sealed record TryAgain(IListenSocket Socket);

/// <param name="Peeks">The flow that has ended.</param>
internal sealed record PeekFlowEnded(IPeekQueue Peeks, Exception? Failure);
