using System.Net.Sockets;
using EdgeActors.Transport;

namespace EdgeActors.Accept;

/// <summary>To a listener: accept no more. Answered with <see cref="Unbound"/>; connections go on.</summary>
public sealed class Unbind
{
    public static readonly Unbind Instance = new();
}

public sealed class Unbound
{
    public static readonly Unbound Instance = new();
}

/// <summary>Accepting has paused on an error that needs time or a new socket.</summary>
internal sealed record AcceptPaused(int Socket, SocketError Error, AcceptVerdict Verdict);

/// <summary>A pause is over.</summary>
internal sealed record TryAgain(IListenSocket Socket);

internal sealed record PeekFlowEnded(Exception? Failure);
