using Akka.Actor;
using EdgeActors.Accept;
using EdgeActors.Config;
using EdgeActors.Health;
using EdgeActors.Reload;
using EdgeActors.Route;

namespace EdgeActors;

/// <summary>Another configuration, while connections go on.</summary>
public sealed partial class EdgeNode
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _reloading = new(1);

    /// <summary>The configurations that connections live by.</summary>
    public Generations Generations { get; }

    /// <summary>
    /// Follows other settings: first everything that can fail (names, addresses to listen on), then routes, checks and listeners. Servers that
    /// stay keep health, connections and queue; those that are gone get no new connections. What needs a restart stays as it is, and is told.
    /// </summary>
    /// <returns>What has changed.</returns>
    /// <exception cref="ServerAddressException">Nothing has changed: a server's host name has no address.</exception>
    /// <exception cref="BindException">Nothing has changed: some of the addresses cannot be listened on; all of them are told.</exception>
    public async Task<IReadOnlyList<string>> Reload(EdgeSettings next)
    {
        ArgumentNullException.ThrowIfNull(next);
        await _reloading.WaitAsync().ConfigureAwait(false);
        try
        {
            var before = _settings;
            var plans = await ServerAddresses.Plan(next, name => before.Backends.GetValueOrDefault(name), _resolver, Log).ConfigureAwait(false);
            var generation = Generations.Current + 1;
            var entrances = await Open(before, next, generation).ConfigureAwait(false);
            await Follow(next, plans, generation).ConfigureAwait(false);
            await Turn(entrances, next, generation).ConfigureAwait(false);
            Gate.Resize(Budget.ConnectionsOf(next.Limits.MaxConnections));
            Memory.Percent = next.Limits.Memory;
            _settings = next;
            _addresses.Apply(next.FloatingIp.Addresses);
            Generations.Next(generation);
            return [.. ConfigChanges.Between(before, next), .. ConfigChanges.NeedingRestart(_started, next)];
        }
        finally
        {
            _reloading.Release();
        }
    }

    /// <summary>Opens what there is to listen on in addition; all of it, or nothing.</summary>
    private async Task<List<Entrance>> Open(EdgeSettings before, EdgeSettings next, long generation)
    {
        var entrances = new List<Entrance>();
        var failures = new List<string>();
        PublishLimits(next);
        foreach (var listener in next.Listeners)
        {
            if (_entrances.FirstOrDefault(open => open.Settings.Name == listener.Name) is { } open)
            {
                entrances.Add(open);
                if ((await open.Actor.Ask<Prepared>(new Prepare(listener), Patience).ConfigureAwait(false)).Failure is { } failure)
                    failures.Add(failure);
                continue;
            }
            try
            {
                entrances.Add(await OpenNew(listener, generation).ConfigureAwait(false));
            }
            catch (BindException e)
            {
                failures.Add(e.Message);
            }
        }
        if (failures.Count == 0)
            return entrances;
        PublishLimits(before);
        await Turn([.. _entrances], before, Generations.Current).ConfigureAwait(false);
        foreach (var opened in entrances.Except(_entrances))
            opened.Actor.Tell(Retire.Instance);
        throw new BindException(string.Join(Environment.NewLine, failures));
    }

    private async Task<Entrance> OpenNew(ListenerSettings listener, long generation)
    {
        var entrance = new TaskCompletionSource<Entrance>(TaskCreationOptions.RunContinuationsAsynchronously);
        _parent.Tell(new StartChildren(parent => entrance.SetResult(StartListener(parent, listener, generation))));
        var opened = await entrance.Task.ConfigureAwait(false);
        await opened.State.Bound.ConfigureAwait(false);
        return opened;
    }

    private async Task Follow(EdgeSettings next, IReadOnlyList<BackendPlan> plans, long generation)
    {
        // A table of many routes takes its time, and is made before the router has to do with it.
        var replace = new ReplaceRoutes(new RouteTable(generation, next.Routes), plans, _time);
        var replaced = await Router.Ask<RoutesReplaced>(replace, Patience).ConfigureAwait(false);
        Checks.Follow(replaced.Routes);
        Health.Tell(FollowBoard.Instance);
        _resolverActor.Tell(new ResolveThese([.. ResolveTarget.Of(replaced.Routes)]));
    }

    /// <summary>Lets in by these settings whoever comes from now on.</summary>
    private async Task Turn(List<Entrance> entrances, EdgeSettings settings, long generation)
    {
        foreach (var gone in _entrances.Except(entrances))
            await gone.Actor.Ask<Unbound>(Retire.Instance, Patience).ConfigureAwait(false);
        var turned = new List<Entrance>();
        foreach (var listener in settings.Listeners)
        {
            var entrance = entrances.First(open => open.Settings.Name == listener.Name);
            await entrance.Actor.Ask<Reconfigured>(new Reconfigure(listener, generation), Patience).ConfigureAwait(false);
            turned.Add(entrance with { Settings = listener });
        }
        _entrances = [.. turned];
    }

    /// <summary>Each listener has a number of its own, whose limits stay where they are when others come and go.</summary>
    private void PublishLimits(EdgeSettings settings)
    {
        foreach (var listener in settings.Listeners)
            _numbers.TryAdd(listener.Name, _numbers.Count);
        var limits = new RateLimitSettings?[_numbers.Count];
        foreach (var listener in settings.Listeners)
            limits[_numbers[listener.Name]] = listener.RateLimit;
        var names = new string[_numbers.Count];
        foreach (var (name, number) in _numbers)
            names[number] = name;
        _limits.Publish(limits, names);
    }
}
