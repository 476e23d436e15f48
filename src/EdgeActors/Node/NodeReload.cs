using Akka.Actor;
using EdgeActors.Connection;
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
        node.Actors.Health.Tell(new RoutesChanged());
        node.Actors.Resolver.Tell(new RoutesChanged());
    }
}

/// <summary>One configuration that somebody still lives by.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Since">When it came into force.</param>
/// <param name="Connections">That were accepted by it and are still there.</param>
public sealed record Generation(long Number, DateTimeOffset Since, int Connections);

/// <summary>The configurations of this process: the one in force, and those before it that connections still live by.</summary>
public sealed class Generations(LiveConnections live, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, DateTimeOffset> _since = new() { [1] = time.GetUtcNow() };
    private long _current = 1;

    public long Current => Volatile.Read(ref _current);

    /// <summary>The oldest first; the last one is in force. Counts connections one by one, so it is for people and not for every turn.</summary>
    public IReadOnlyList<Generation> All
    {
        get
        {
            var counts = new Dictionary<long, int>();
            foreach (var record in live.Records)
                counts[record.Generation] = counts.GetValueOrDefault(record.Generation) + 1;
            lock (_lock)
                return [.. _since.Where(pair => pair.Key == _current || counts.ContainsKey(pair.Key)).Select(
                    pair => new Generation(pair.Key, pair.Value, counts.GetValueOrDefault(pair.Key)))];
        }
    }

    internal void Next(long number)
    {
        var living = live.Records.Select(static record => record.Generation).ToHashSet();
        lock (_lock)
        {
            // Nobody can come by an old one any more, but for those that are being accepted right now.
            foreach (var dead in _since.Keys.Where(old => old != _current && !living.Contains(old)).ToList())
                _since.Remove(dead);
            _since[number] = time.GetUtcNow();
            Volatile.Write(ref _current, number);
        }
    }
}
