using Akka.Actor;
using Akka.Event;
using EdgeActors.Config;
using EdgeActors.Peek;
using EdgeActors.Transport;

namespace EdgeActors.Connection;

/// <summary>What every connection of one listener shares.</summary>
public sealed record ConnectionContext(int ListenerIndex, ListenerSettings Listener, IPeekQueue Peeks);

/// <summary>From the listener to the parent of all connections.</summary>
public sealed record Accepted(Link Link, ConnectionContext Context);

/// <summary>To the parent: close what is still open at <paramref name="Timeout"/> after now, answer <see cref="Drained"/> when none is left.</summary>
public sealed record Drain(TimeSpan Timeout);

/// <param name="Closed">Connections that did not finish by themselves in time.</param>
public sealed record Drained(int Closed);

/// <summary>To one connection: end, for this reason.</summary>
public sealed record CloseConnection(CloseReason Reason) : IDeadLetterSuppression;

/// <summary>From the transport, by way of <see cref="LinkMessages"/>. A connection that has ended meanwhile does not miss them.</summary>
internal sealed class LinkJoined : IDeadLetterSuppression
{
    public static readonly LinkJoined Instance = new();
}

internal sealed class LinkEnded : IDeadLetterSuppression
{
    public static readonly LinkEnded Instance = new();
}

internal sealed record LinkNotConnected(ConnectFailure Failure) : IDeadLetterSuppression
{
    private static readonly LinkNotConnected[] Instances =
        [.. Enum.GetValues<ConnectFailure>().Select(failure => new LinkNotConnected(failure))];

    public static LinkNotConnected For(ConnectFailure failure) => Instances[(int)failure];
}

/// <summary>Turns the transport's calls into messages: the actor's state is touched on the actor's turn only.</summary>
internal sealed class LinkMessages(IActorRef connection) : ILinkHandler
{
    public void Joined(Link link) => connection.Tell(LinkJoined.Instance, ActorRefs.NoSender);

    public void ConnectFailed(Link link, ConnectFailure failure) =>
        connection.Tell(LinkNotConnected.For(failure), ActorRefs.NoSender);

    public void Ended(Link link) => connection.Tell(LinkEnded.Instance, ActorRefs.NoSender);
}
