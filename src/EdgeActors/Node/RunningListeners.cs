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
        PublishLimits(node.Settings);
        _all = [.. node.Settings.Listeners.Select(listener => StartListener(context, listener, node.Generations.Current))];
    }

    /// <summary>Opens all addresses that a configuration adds, or none.</summary>
    /// <exception cref="BindException">Nothing has changed; the message names every address that cannot be bound.</exception>
    internal async Task<List<RunningListener>> Open(EdgeSettings before, EdgeSettings next, long generation)
    {
        var listeners = new List<RunningListener>();
        var failures = new List<string>();
        PublishLimits(next);
        foreach (var settings in next.Listeners)
        {
            if (_all.FirstOrDefault(open => open.Settings.Name == settings.Name) is { } open)
            {
                listeners.Add(open);
                if ((await open.Actor.Ask<Prepared>(new Prepare(settings), AnswerTimeout).ConfigureAwait(false)).Failure is { } failure)
                    failures.Add(failure);
                continue;
            }
            try
            {
                listeners.Add(await OpenNew(settings, generation).ConfigureAwait(false));
            }
            catch (BindException e)
            {
                failures.Add(e.Message);
            }
        }
        if (failures.Count == 0)
            return listeners;
        PublishLimits(before);
        await Apply([.. _all], before, node.Generations.Current).ConfigureAwait(false);
        foreach (var opened in listeners.Except(_all))
            opened.Actor.Tell(ListenerOrder.Retire);
        throw new BindException(string.Join(Environment.NewLine, failures));
    }

    /// <summary>Applies these settings to new clients, and closes listeners that are not in them.</summary>
    internal async Task Apply(List<RunningListener> listeners, EdgeSettings settings, long generation)
    {
        foreach (var gone in _all.Except(listeners))
            await gone.Actor.Ask<Done>(ListenerOrder.Retire, AnswerTimeout).ConfigureAwait(false);
        var applied = new List<RunningListener>();
        foreach (var listener in settings.Listeners)
        {
            var running = listeners.First(open => open.Settings.Name == listener.Name);
            await running.Actor.Ask<Done>(new Reconfigure(listener, generation), AnswerTimeout).ConfigureAwait(false);
            applied.Add(running with { Settings = listener });
        }
        _all = [.. applied];
    }

    private async Task<RunningListener> OpenNew(ListenerSettings settings, long generation)
    {
        var started = new TaskCompletionSource<RunningListener>(TaskCreationOptions.RunContinuationsAsynchronously);
        _parent.Tell(new StartChildren(context => started.SetResult(StartListener(context, settings, generation))));
        var listener = await started.Task.ConfigureAwait(false);
        await listener.State.Bound.ConfigureAwait(false);
        return listener;
    }

    private RunningListener StartListener(IActorRefFactory context, ListenerSettings settings, long generation)
    {
        var state = new ListenerState();
        var number = _numbers[settings.Name];
        // A retired listener of the same name may still be stopping.
        var name = $"listener-{Uri.EscapeDataString(settings.Name)}{(generation == 1 ? "" : $"-{generation}")}";
        var actor = context.ActorOf(ListenerActor.Props(number, settings, _services, state, generation), name);
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
