using Akka.Actor;
using EdgeActors.Listening;
using EdgeActors.Routing;
using EdgeActors.Settings;

namespace EdgeActors.Node;

/// <summary>Applies another configuration while connections go on.</summary>
internal sealed class NodeReload(NodeState node, IHostResolver resolver, AddressObserver addresses)
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _one = new(1);

    /// <summary>
    /// First everything that can fail (names, addresses to listen on), then routes, checks and listeners. Servers that stay keep health,
    /// connections and queue; servers that are gone get no new connections. Keys that need a restart stay as they are, and are reported.
    /// </summary>
    /// <returns>What has changed.</returns>
    /// <exception cref="ServerAddressException">Nothing has changed: a server's host name has no address.</exception>
    /// <exception cref="BindException">Nothing has changed: the message names every address that cannot be bound.</exception>
    public async Task<IReadOnlyList<string>> Apply(EdgeSettings next)
    {
        await _one.WaitAsync().ConfigureAwait(false);
        try
        {
            var before = node.Settings;
            var plans = await ServerAddresses.Plan(next, node.Routes.Current, resolver, node.Log).ConfigureAwait(false);
            var generation = node.Generations.Current + 1;
            var listeners = await node.Listeners.Open(before, next, generation).ConfigureAwait(false);
            await ApplyRoutes(next, plans, generation).ConfigureAwait(false);
            await node.Listeners.Apply(listeners, next, generation).ConfigureAwait(false);
            node.Gate.Resize(node.Budget.ConnectionsOf(next.Limits.MaxConnections));
            node.Memory.Percent = next.Limits.Memory;
            node.Settings = next;
            addresses.Apply(next.FloatingIp.Addresses);
            node.Generations.Next(generation);
            return [.. ConfigChanges.Between(before, next), .. ConfigChanges.NeedingRestart(node.Started, next)];
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task ApplyRoutes(EdgeSettings next, IReadOnlyList<BackendPlan> plans, long generation)
    {
        // A table of many routes takes its time, and is built before the router has to do with it.
        var replace = new ReplaceRoutes(new RouteTable(generation, next.Routes), plans, node.Time);
        await node.Actors.Router.Ask<RoutesReplaced>(replace, AnswerTimeout).ConfigureAwait(false);
        node.Actors.Health.Tell(RoutesChanged.Instance);
        node.Actors.Resolver.Tell(RoutesChanged.Instance);
    }
}
