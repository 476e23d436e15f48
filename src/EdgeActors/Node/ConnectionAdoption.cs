using EdgeActors.Admission;
using EdgeActors.Connection;
using EdgeActors.Transport;

namespace EdgeActors.Node;

/// <summary>Continues connections of the previous process. One thread at a time.</summary>
public sealed class ConnectionAdoption(NodeState node)
{
    private readonly Dictionary<string, ConnectionContext> _removed = new(StringComparer.Ordinal);

    /// <summary>The connection relays from now on, and counts in this node's statistics and limits. Its listener and its server may be
    /// gone from the configuration; it keeps the timeouts that it has.</summary>
    /// <param name="reason">Other than <see cref="CloseReason.None"/>: it does not relay but ends with this reason.</param>
    public void Adopt(ConnectionHandover handover, CloseReason reason = CloseReason.None)
    {
        ArgumentNullException.ThrowIfNull(handover);
        var context = ContextOf(handover.Listener);
        var server = handover.ServerAddress is { } address
            ? node.Routes.Current.PoolOf(handover.Backend)?.AnswerOf(handover.Server, address)
            : null;
        node.Generations.Adopt(handover.Generation, handover.GenerationSince);
        var link = node.Transport.Adopt(handover.Link);
        if (reason != CloseReason.None)
            link.Close(reason, reason.Facts().Mode);
        node.Actors.Connections.Tell(new Adopted(link, context, handover, server), Akka.Actor.ActorRefs.NoSender);
    }

    private ConnectionContext ContextOf(string listener)
    {
        var running = node.Listeners.All;
        if (running.FirstOrDefault(one => one.Settings.Name == listener)?.State.Context is { } context)
            return context;
        if (_removed.TryGetValue(listener, out var removed))
            return removed;
        var any = running[0].State.Context!;
        var settings = any.Listener with { Name = listener, Access = null, RateLimit = null };
        removed = new ConnectionContext(
            any.Services, any.ListenerIndex, settings, any.Peeks, new ListenerAdmission(settings, node.Time));
        return _removed[listener] = removed;
    }
}
