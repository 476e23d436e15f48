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

    /// <summary>First the steps that can fail (names, addresses to bind), then routes, checks and listeners. Servers that stay keep health,
    /// connections and queue. Keys that need a restart are only reported.</summary>
    /// <returns>What has changed.</returns>
    /// <exception cref="ServerAddressException">Nothing has changed: a server's host name has no address.</exception>
    /// <exception cref="BindException">Nothing has changed: the message names every address that cannot be bound.</exception>
    public async Task<ReloadReport> Apply(EdgeSettings next)
    {
        await _one.WaitAsync().ConfigureAwait(false);
        try
        {
            var before = node.Settings;
            var plans = await ServerAddresses.Plan(next, node.Routes.Current, resolver, node.Log).ConfigureAwait(false);
            var generation = node.Generations.Current + 1;
            var listeners = await node.Listeners.Open(before, next, generation).ConfigureAwait(false);
            await ApplyRoutes(next, plans, generation).ConfigureAwait(false);
            var effects = await node.Listeners.Apply(listeners, next, generation).ConfigureAwait(false);
            node.Gate.Resize(node.Budget.ConnectionsOf(next.Limits.MaxConnections));
            node.Memory.Percent = next.Limits.Memory;
            node.Pinned.Percent = next.Limits.PinnedMemory;
            node.Settings = next;
            addresses.Apply(next.FloatingIp.Addresses);
            node.Generations.Next(generation);
            var keys = KeyChange.Between(before, next, node.Started);
            return new ReloadReport([.. ConfigChanges.Between(before, next), .. effects, .. ConfigChanges.Of(keys)], keys);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Closes sockets of the previous process that only overlap a configured address, after their queues are accepted.</summary>
    public async Task CloseUnowned()
    {
        await _one.WaitAsync().ConfigureAwait(false);
        try
        {
            var (settings, generation) = (node.Settings, node.Generations.Current);
            var listeners = await node.Listeners.Open(settings, settings, generation).ConfigureAwait(false);
            if (!listeners.HasUnowned)
                return;
            foreach (var effect in await node.Listeners.Apply(listeners, settings, generation).ConfigureAwait(false))
                node.Log.Info($"upgrade: {effect}");
        }
        catch (Exception e) when (e is AskTimeoutException or BindException)
        {
            node.Log.Error($"upgrade: sockets of the previous process that no listener uses stay open: {e.Message}");
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task ApplyRoutes(EdgeSettings next, IReadOnlyList<BackendPlan> plans, long generation)
    {
        // Built before the router is involved: a large table takes time.
        var replace = new ReplaceRoutes(RouteTable.Of(generation, next), plans, node.Time);
        await node.Actors.Router.Ask<RoutesReplaced>(replace, AnswerTimeout).ConfigureAwait(false);
        node.Actors.Health.Tell(new RoutesChanged());
        node.Actors.Resolver.Tell(new RoutesChanged());
    }
}

/// <param name="Changes">Sentences for an operator.</param>
public sealed record ReloadReport(IReadOnlyList<string> Changes, IReadOnlyList<KeyChange> Keys);

/// <summary>A configuration that is in force or still has connections.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Since">When it came into force.</param>
/// <param name="Connections">Open connections that were accepted by it.</param>
public sealed record Generation(long Number, DateTimeOffset Since, int Connections);

/// <summary>The configuration in force, and earlier ones that still have connections.</summary>
/// <param name="first">Higher than the previous process's, if there was one.</param>
public sealed class Generations(LiveConnections live, TimeProvider time, long first = 1)
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, DateTimeOffset> _since = new() { [first] = time.GetUtcNow() };
    private long _current = first;

    public long Current => Volatile.Read(ref _current);

    /// <summary>The oldest first; the last is in force. Counts every connection: for operators, not for frequent calls.</summary>
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

    /// <summary>When this configuration came into force.</summary>
    public DateTimeOffset Since(long number)
    {
        lock (_lock)
            return _since.GetValueOrDefault(number);
    }

    /// <summary>A configuration of the previous process, of which a connection is left.</summary>
    internal void Adopt(long number, DateTimeOffset since)
    {
        lock (_lock)
            _since.TryAdd(number, since);
    }

    internal void Next(long number)
    {
        var living = live.Records.Select(static record => record.Generation).ToHashSet();
        lock (_lock)
        {
            // A new connection uses an old configuration only if it is being accepted right now.
            foreach (var dead in _since.Keys.Where(old => old != _current && !living.Contains(old)).ToList())
                _since.Remove(dead);
            _since[number] = time.GetUtcNow();
            Volatile.Write(ref _current, number);
        }
    }
}
