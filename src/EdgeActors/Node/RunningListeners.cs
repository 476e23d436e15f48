using System.Net;
using Akka;
using Akka.Actor;
using EdgeActors.Listening;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Node;

/// <summary>The listeners of a node, in the order of its settings: starts, changes and closes them.</summary>
public sealed class RunningListeners(NodeState node)
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);

    /// <summary>By name, for the life of the process: a listener keeps its limits when others come and go.</summary>
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private volatile RunningListener[] _all = [];
    private ListenerServices _services = null!;
    private IActorRef _parent = ActorRefs.Nobody;
    private int _startedLater;

    public IReadOnlyList<RunningListener> All => _all;

    /// <summary>Ends when all listeners are bound, with their addresses in the order of the settings.</summary>
    /// <exception cref="BindException">An address cannot be bound.</exception>
    public async Task<IReadOnlyList<IPEndPoint>> Bound()
    {
        var listeners = _all;
        foreach (var listener in listeners)
            await listener.State.Bound.ConfigureAwait(false);
        return [.. listeners.SelectMany(static listener => listener.State.EndPoints)];
    }

    /// <summary>Stops accepting; connections go on.</summary>
    public Task Unbind() => Task.WhenAll(_all.Select(static listener => listener.Actor.Ask<Done>(ListenerOrder.Unbind, AnswerTimeout)));

    /// <summary>Duplicates all listening sockets for the next process. Close each by <see cref="SharedSockets.Release"/>.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">No file descriptor is left.</exception>
    public async Task<IReadOnlyList<TransferredSocket>> Duplicate()
    {
        var duplicates = new List<TransferredSocket>();
        try
        {
            foreach (var listener in _all)
            {
                var answer = listener.Actor.Ask<List<TransferredSocket>>(ListenerOrder.DuplicateSockets, AnswerTimeout);
                duplicates.AddRange(await answer.ConfigureAwait(false));
            }
            return duplicates;
        }
        catch
        {
            duplicates.ForEach(static socket => SharedSockets.Release(socket.Handle));
            throw;
        }
    }

    /// <summary>Whether to ignore SYNs of new clients, which retransmit them.</summary>
    internal Task IgnoreNewClients(bool on) =>
        Task.WhenAll(_all.Select(listener => listener.Actor.Ask<Done>(new IgnoreNewClients(on), AnswerTimeout)));

    /// <param name="context">Of the node's parent actor; later listeners are started by <paramref name="parent"/>.</param>
    internal void Start(IActorRefFactory context, IActorRef parent, ListenerServices services)
    {
        (_parent, _services) = (parent, services);
        var settings = node.Settings.Listeners;
        PublishLimits(node.Settings);
        var plan = new SocketPlan(node.Inherited?.Binds ?? [], settings);
        foreach (var missing in settings.SelectMany(listener => plan.MissingOf(listener.Name)))
            node.Inherited?.ShareAddress(missing.Bind);
        // Clients may wait in the queue of a socket that only overlaps a configured address, so CloseUnowned closes it.
        var unowned = plan.Unowned.ToLookup(plan.OverlappingOwner);
        _all = [.. settings.Select(listener => StartListener(context, listener, node.Generations.Current, "",
        [
            .. plan.KeptBy(listener.Name).Concat(unowned[listener.Name]).Select(static socket => new SocketToOpen(socket.Bind)),
            .. plan.MissingOf(listener.Name),
        ]))];
    }

    /// <summary>Opens all addresses that a configuration adds, or none.</summary>
    /// <exception cref="BindException">Nothing has changed; the message names every address that cannot be bound.</exception>
    internal async Task<ListenerChange> Open(EdgeSettings before, EdgeSettings next, long generation)
    {
        var change = await ListenerChange.Of(_all, next.Listeners).ConfigureAwait(false);
        var failures = new List<string>();
        PublishLimits(next);
        foreach (var settings in next.Listeners)
        {
            var running = _all.FirstOrDefault(open => open.Settings.Name == settings.Name)
                ?? await StartLater(settings, generation).ConfigureAwait(false);
            // A draining node opens nothing.
            var missing = node.IsDraining ? [] : change.Missing(settings.Name);
            var prepared = TakenUntilRestart(settings.Name, missing) is { } taken ? new Prepared([], taken)
                : await running.Actor.Ask<Prepared>(new Prepare(settings, missing), AnswerTimeout).ConfigureAwait(false);
            change.Add(running, prepared.Opened);
            if (prepared.Failure is { } failure)
                failures.Add(failure);
        }
        if (failures.Count == 0)
            return change;
        PublishLimits(before);
        change.CloseOpened();
        foreach (var started in change.Running.Except(_all))
            started.Actor.Tell(ListenerOrder.Retire);
        throw new BindException(string.Join(Environment.NewLine, failures));
    }

    /// <summary>Accepts new clients with these settings. Sockets move to their new listeners. Listeners and addresses that are not in the
    /// settings close.</summary>
    /// <returns>Effects on clients, as sentences.</returns>
    internal async Task<IReadOnlyList<string>> Apply(ListenerChange change, EdgeSettings settings, long generation)
    {
        var before = _all;
        _all = [.. settings.Listeners.Zip(change.Running, static (listener, running) => running with { Settings = listener })];
        foreach (var listener in _all)
        {
            var next = new Reconfigure(listener.Settings, generation, change.Sockets(listener.Settings.Name));
            await listener.Actor.Ask<Done>(next, AnswerTimeout).ConfigureAwait(false);
        }
        foreach (var gone in before.Where(old => settings.Listeners.All(listener => listener.Name != old.Settings.Name)))
            await gone.Actor.Ask<Done>(ListenerOrder.Retire, AnswerTimeout).ConfigureAwait(false);
        return await change.CloseUnowned(node.Time).ConfigureAwait(false);
    }

    /// <summary>http-redirect and admin keep their addresses until a restart, so no listener can have them before.</summary>
    private string? TakenUntilRestart(string listener, IReadOnlyList<SocketToOpen> missing)
    {
        var (redirect, admin) = (node.Started.HttpRedirect, node.Started.Admin);
        (string Key, BindSettings? Bind)[] taken =
        [
            .. (redirect?.Binds ?? []).Select(static bind => ("http-redirect.bind", bind)),
            ("admin.bind", admin?.Bind), ("admin.health-bind", admin?.HealthBind),
        ];
        foreach (var (bind, _) in missing)
        {
            if (Array.Find(taken, other => other.Bind is { } its && Addresses.Overlap(its, bind)) is { Bind: { } its, Key: var key })
                return $"listener {listener} cannot listen on {bind}: {key} holds {its} until a restart; use another address, or restart";
        }
        return null;
    }

    private async Task<RunningListener> StartLater(ListenerSettings settings, long generation)
    {
        var started = new TaskCompletionSource<RunningListener>(TaskCreationOptions.RunContinuationsAsynchronously);
        // A retired listener of the same name may not have stopped yet.
        var suffix = $"-{++_startedLater + 1}";
        _parent.Tell(new StartChildren(context => started.SetResult(StartListener(context, settings, generation, suffix, []))));
        return await started.Task.ConfigureAwait(false);
    }

    private RunningListener StartListener(
        IActorRefFactory context, ListenerSettings settings, long generation, string suffix, IReadOnlyList<SocketToOpen> first)
    {
        var state = new ListenerState();
        var number = _numbers[settings.Name];
        var props = ListenerActor.Props(number, settings, _services, state, generation, first);
        var actor = context.ActorOf(props, $"listener-{Uri.EscapeDataString(settings.Name)}{suffix}");
        return new RunningListener(settings, number, actor, state);
    }

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
        node.RateLimits.Publish(limits, names);
    }
}
