using System.Net.Sockets;
using Akka;
using Akka.Actor;
using Akka.Streams;
using EdgeActors.Admission;
using EdgeActors.Connection;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Listening;

/// <summary>One listener: binds its addresses, runs its peek flow, and has an actor started for each accepted client. It owns no
/// connection. A reload has two steps, so that an address that cannot be bound changes nothing.</summary>
/// <param name="first">Sockets to open at start. Null: those of the settings. Empty: it waits for <see cref="Reconfigure"/>.</param>
public sealed class ListenerActor(
    int index, ListenerSettings settings, ListenerServices services, ListenerState state, long generation,
    IReadOnlyList<SocketToOpen>? first)
    : UntypedActor, IWithTimers
{
    /// <summary>A client accepted just before may not have been offered to the peek flow yet.</summary>
    private static readonly TimeSpan Lag = TimeSpan.FromSeconds(10);

    private readonly ListenerFilter _filter = new(index, state, services);
    private BackOff _backOff;
    private bool _unbound;

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(
        int index,
        ListenerSettings settings,
        ListenerServices services,
        ListenerState state,
        long generation = 1,
        IReadOnlyList<SocketToOpen>? first = null) =>
        Akka.Actor.Props.Create(() => new ListenerActor(index, settings, services, state, generation, first));

    protected override void PreStart()
    {
        state.Admission ??= new ListenerAdmission(settings, services.Time);
        state.Traffic ??= services.Shared.Meters.Listener(settings.Name);
        _filter.Follow(settings, Self);
        RunPeekFlow();
        if (first is not { Count: 0 })
            Bind(first ?? [.. settings.Binds.Select(static bind => new SocketToOpen(bind))]);
    }

    protected override void PostStop()
    {
        CloseSockets();
        state.Peeks?.Complete();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case AcceptPaused paused:
                Pause(paused);
                break;
            case TryAgain again:
                again.Socket.Resume();
                break;
            case ListenerOrder.BindAgain:
                BindAgain();
                break;
            case ListenerOrder.ListSockets:
                Sender.Tell(state.Sockets);
                break;
            case Prepare prepare:
                var error = TryListen(prepare.Settings, prepare.Missing, out var opened);
                Sender.Tell(new Prepared(opened, error?.Message));
                break;
            case Reconfigure next:
                Apply(next);
                Sender.Tell(Done.Instance);
                break;
            case ListenerOrder.Unbind:
                CloseSockets();
                StopAccepting();
                Sender.Tell(Done.Instance);
                break;
            case ListenerOrder.Retire:
                _filter.Clear();
                state.Sockets = [];
                StopAccepting();
                Timers.StartSingleTimer(ListenerOrder.Stop, ListenerOrder.Stop, Lag);
                Sender.Tell(Done.Instance);
                break;
            case ListenerOrder.DuplicateSockets:
                Sender.Tell(DuplicateSockets());
                break;
            case ListenerOrder.NextDrops:
                NextDrops();
                break;
            case IgnoreNewClients order:
                if (!_filter.IgnoreAll(order.On))
                    services.Log.Warning($"listener {settings.Name}: new clients are answered all the same");
                Sender.Tell(Done.Instance);
                break;
            case ListenerOrder.Stop:
                Context.Stop(Self);
                break;
            case PeeksOver over:
                over.Peeks.Complete();
                break;
            case PeekFlowEnded { Failure: { } failure } ended when ReferenceEquals(ended.Peeks, state.Peeks):
                services.Log.Error($"listener {settings.Name}: peek flow failed, starting it anew: {failure.Message}");
                RunPeekFlow();
                break;
            case PeekFlowEnded:
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void StopAccepting()
    {
        if (!_unbound)
            services.Log.Info($"listener {settings.Name} closed, accepting no more");
        _unbound = true;
        Timers.CancelAll();
    }

    private void Bind(IReadOnlyList<SocketToOpen> missing)
    {
        if (TryListen(settings, missing, out var opened) is { } failure)
        {
            NotBound(failure);
            return;
        }
        state.Sockets = [.. state.Sockets, .. opened];
        LogAddresses();
    }

    private void BindAgain()
    {
        var missing = settings.Binds.Where(bind => state.Sockets.All(open => open.Bind != bind));
        Bind([.. missing.Select(static bind => new SocketToOpen(bind, Overlaps: true))]);
    }

    private void LogAddresses()
    {
        state.Succeeded(settings.Binds);
        services.Log.Info($"listener {settings.Name} on {string.Join(", ", state.EndPoints)}, transport {services.Transport.Name}");
    }

    /// <summary>Opens all missing sockets, or none.</summary>
    private BindException? TryListen(
        ListenerSettings wanted, IReadOnlyList<SocketToOpen> missing, out IReadOnlyList<ListeningSocket> opened)
    {
        var sockets = new List<ListeningSocket>();
        opened = sockets;
        // After Unbind or Retire, nothing is opened.
        foreach (var (bind, overlaps) in _unbound ? [] : missing)
        {
            try
            {
                var options = new ListenOptions(bind.EndPoint, bind.DualMode, wanted.Backlog)
                {
                    Inherited = services.Inherited?.Take(wanted.Name, bind) ?? [],
                    Overlaps = overlaps,
                };
                sockets.Add(new ListeningSocket(bind, services.Transport.Listen(options, HandlerOf(bind))));
            }
            catch (SocketException e)
            {
                sockets.ForEach(static open => open.Socket.Dispose());
                sockets.Clear();
                return new BindException(BindErrors.Explain(wanted.Name, bind, e.SocketErrorCode), e);
            }
        }
        return null;
    }

    private AcceptHandler HandlerOf(BindSettings bind) => new(state, bind, services.Connections, Self);

    /// <summary>Only this actor closes the sockets, so they are open now.</summary>
    private object DuplicateSockets()
    {
        var duplicates = new List<TransferredSocket>();
        try
        {
            foreach (var (bind, socket) in state.Sockets)
                duplicates.AddRange(socket.Duplicate().Select(handle => new TransferredSocket(settings.Name, bind, handle)));
            return duplicates;
        }
        catch (SocketException e)
        {
            duplicates.ForEach(static socket => SharedSockets.Release(socket.Handle));
            return new Status.Failure(e);
        }
    }

    private void CloseSockets()
    {
        _filter.Clear();
        state.CloseSockets();
    }

    private void NextDrops()
    {
        if (_filter.Next(settings.Name) is { } delay)
            Timers.StartSingleTimer(ListenerOrder.NextDrops, ListenerOrder.NextDrops, delay);
    }

    /// <summary>At start the listener stops. Later it retries: the address was bound before and may become free.</summary>
    private void NotBound(BindException failure)
    {
        if (!state.Bound.IsCompleted)
        {
            state.Failed(failure);
            Context.Stop(Self);
            return;
        }
        var delay = _backOff.Next(services.Time);
        services.Log.Error($"{failure.Message}; trying again in {delay.TotalMilliseconds:F0} ms");
        Timers.StartSingleTimer(ListenerOrder.BindAgain, ListenerOrder.BindAgain, delay);
    }

    private void Apply(Reconfigure next)
    {
        var (before, had, isNew) = (settings, state.Sockets, !state.Bound.IsCompleted);
        (settings, generation) = (next.Settings, next.Generation);
        state.Admission = new ListenerAdmission(settings, services.Time, state.Admission);
        if ((before.HelloTimeout, before.MaxHelloSize) != (settings.HelloTimeout, settings.MaxHelloSize))
        {
            Timers.StartSingleTimer(state.Peeks!, new PeeksOver(state.Peeks!), Lag);
            RunPeekFlow();
        }
        Publish();
        state.Sockets = next.Sockets;
        foreach (var open in next.Sockets.Where(open => before.Backlog != settings.Backlog || !had.Contains(open)))
            SharedSockets.SetBacklog(open.Socket, settings.Backlog);
        foreach (var open in next.Sockets.Except(had))
        {
            open.Socket.Handler = HandlerOf(open.Bind);
            // Its previous listener may have paused it.
            open.Socket.Resume();
        }
        _filter.Reset(settings, Self);
        NextDrops();
        if (isNew)
        {
            LogAddresses();
            return;
        }
        state.Succeeded(settings.Binds);
        if (!before.Binds.SequenceEqual(settings.Binds))
            services.Log.Info($"listener {settings.Name} on {string.Join(", ", state.EndPoints)} now");
    }

    private void Pause(AcceptPaused paused)
    {
        // It may have been closed during the pause.
        if (state.Sockets.FirstOrDefault(open => open.Bind == paused.Bind)?.Socket is not { } socket)
            return;
        services.Shared.Meters.AcceptPaused();
        if (paused.Verdict == AcceptVerdict.Stop)
        {
            // EBADF, EINVAL: this socket will not accept again, a new one may.
            services.Log.Error($"listener {settings.Name}: accept on {socket.EndPoint} failed for good ({paused.Error}), opening it anew");
            CloseSockets();
            _filter.Follow(settings, Self);
            BindAgain();
            return;
        }
        var delay = _backOff.Next(services.Time);
        services.Log.Warning(
            $"listener {settings.Name}: accept on {socket.EndPoint} failed ({paused.Error}), trying again in {delay.TotalMilliseconds:F0} ms");
        Timers.StartSingleTimer(socket, new TryAgain(socket), delay);
    }

    private void RunPeekFlow()
    {
        var (queue, ended) = PeekFlow.Run(
            services.Materializer, settings.HelloTimeout, settings.MaxHelloSize, services.Limits.MaxPeeks, services.Time, services.Gate);
        state.Peeks = queue;
        ended.PipeTo(Self, success: _ => new PeekFlowEnded(queue, null), failure: e => new PeekFlowEnded(queue, e));
        Publish();
    }

    private void Publish() =>
        state.Context = new ConnectionContext(services.Shared, index, settings, state.Peeks!, state.Admission!) { Generation = generation };

    /// <summary>The flow gets no more requests, but completes pending ones.</summary>
    private sealed record PeeksOver(IPeekQueue Peeks);
}
