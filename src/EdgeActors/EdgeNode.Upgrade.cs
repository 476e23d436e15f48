using Akka.Actor;
using EdgeActors.Accept;
using EdgeActors.Connection;
using EdgeActors.Transport;
using EdgeActors.Upgrade;

namespace EdgeActors;

/// <summary>From one process to the next: the sockets stay, and so do those who wait in their queues.</summary>
public sealed partial class EdgeNode
{
    private readonly Inheritance? _inherited;

    /// <summary>A node with an inheritance has begun, and may accept: until now the process before it did so alone.</summary>
    public void BeginToAccept() => Gate.Resize(Budget.ConnectionsOf(_settings.Limits.MaxConnections));

    /// <summary>All listening sockets once more, for the process that follows; each is to be closed by <see cref="SharedSockets.Release"/>.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">There are no descriptors to be had.</exception>
    public async Task<IReadOnlyList<LentSocket>> Lend()
    {
        var lent = new List<LentSocket>();
        try
        {
            foreach (var entrance in _entrances)
                lent.AddRange((await entrance.Actor.Ask<Lent>(Accept.Lend.Instance, Patience).ConfigureAwait(false)).Sockets);
            return lent;
        }
        catch
        {
            lent.ForEach(static socket => SharedSockets.Release(socket.Handle));
            throw;
        }
    }

    /// <summary>As <see cref="Drain()"/>. Ordered anew, the later order counts, and the earlier one is never answered.</summary>
    /// <param name="timeout">Null: they may take as long as they want.</param>
    /// <returns>Connections that were closed.</returns>
    public async Task<int> Drain(TimeSpan? timeout)
    {
        var grace = timeout + TimeSpan.FromSeconds(5) ?? Timeout.InfiniteTimeSpan;
        var drained = await Connections.Ask<Drained>(new Drain(timeout ?? TimeSpan.MaxValue), grace).ConfigureAwait(false);
        return drained.Closed;
    }
}
