using System.Net.Sockets;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Listening;

/// <summary>To a listener: accept no more. Answered with <see cref="Unbound"/>; connections go on.</summary>
public sealed class Unbind
{
    public static readonly Unbind Instance = new();
}

public sealed class Unbound
{
    public static readonly Unbound Instance = new();
}

/// <summary>To a listener: bind what these settings have on top, so that it is known whether they can be followed. Answered with
/// <see cref="Prepared"/>; <see cref="Reconfigure"/> comes next, with these settings or the old ones.</summary>
internal sealed record Prepare(ListenerSettings Settings);

/// <param name="Failure">Null: all is bound.</param>
internal sealed record Prepared(string? Failure);

/// <summary>To a listener: clients that come from now on come by these settings. Sockets that are not among them are closed. Answered
/// with <see cref="Reconfigured"/>.</summary>
internal sealed record Reconfigure(ListenerSettings Settings, long Generation);

internal sealed class Reconfigured
{
    public static readonly Reconfigured Instance = new();
}

/// <summary>To a listener that is in no configuration any more: accept no more, answer with <see cref="Unbound"/>, and stop when those that
/// have just come are on their way.</summary>
internal sealed class Retire
{
    public static readonly Retire Instance = new();
}

/// <summary>To a listener: its sockets once more, for another process. Answered with <see cref="Lent"/>.</summary>
internal sealed class Lend
{
    public static readonly Lend Instance = new();
}

internal sealed record Lent(IReadOnlyList<LentSocket> Sockets);

/// <summary>To a listener: leave newcomers unanswered, or no more; their TCP asks again. Where the system cannot, nothing changes. Answered with
/// <see cref="Ignored"/>.</summary>
internal sealed record IgnoreNewcomers(bool On);

internal sealed class Ignored
{
    public static readonly Ignored Instance = new();
}

/// <summary>Accepting has paused on an error that needs time or a new socket.</summary>
internal sealed record AcceptPaused(BindSettings Bind, SocketError Error, AcceptVerdict Verdict);

/// <summary>A pause is over.</summary>
internal sealed record TryAgain(IListenSocket Socket);

/// <param name="Peeks">The flow that has ended.</param>
internal sealed record PeekFlowEnded(Connection.IPeekQueue Peeks, Exception? Failure);
