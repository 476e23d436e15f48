using System.Net.Sockets;
using Akka.Actor;
using Akka.Streams;
using EdgeActors.Admit;
using EdgeActors.Config;
using EdgeActors.Connection;
using EdgeActors.Peek;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Accept;

/// <summary>What a listener needs of its node.</summary>
public sealed record ListenerServices(
    ITransport Transport, IMaterializer Materializer, IActorRef Connections, ConnectionServices Shared, LimitSettings Limits, EdgeLog Log, EdgeMeters Meters, TimeProvider Time);

/// <summary>
/// One entrance: binds its addresses, runs its peek flow, and has the parent of all connections start an actor for each client that the
/// transport accepts. It owns no connection. Errors of accept are its to judge: ignore, pause with back-off, or open the socket anew.
/// </summary>
public sealed class ListenerActor(int index, ListenerSettings settings, ListenerServices services, ListenerState state)
    : UntypedActor, IWithTimers
{
    private BackOff _backOff;

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(int index, ListenerSettings settings, ListenerServices services, ListenerState state) =>
        Akka.Actor.Props.Create(() => new ListenerActor(index, settings, services, state));

    protected override void PreStart()
    {
        state.Admission ??= new ListenerAdmission(settings, services.Time);
        RunPeekFlow();
        Bind();
    }

    protected override void PostStop()
    {
        state.CloseSockets();
        state.Peeks?.Complete();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case AcceptPaused paused when paused.Socket < state.Sockets.Count:
                Pause(paused);
                break;
            case TryAgain again:
                again.Socket.Resume();
                break;
            case BindAgain:
                Bind();
                break;
            case Unbind:
                Timers.CancelAll();
                state.CloseSockets();
                services.Log.Info($"listener {settings.Name} closed, accepting no more");
                Sender.Tell(Unbound.Instance);
                break;
            case PeekFlowEnded { Failure: { } failure }:
                services.Log.Error($"listener {settings.Name}: peek flow failed, starting it anew: {failure.Message}");
                RunPeekFlow();
                break;
            case PeekFlowEnded or AcceptPaused:
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Bind()
    {
        foreach (var bind in settings.Binds)
        {
            try
            {
                Listen(bind);
            }
            catch (SocketException e)
            {
                state.CloseSockets();
                NotBound(new BindException(BindErrors.Explain(settings.Name, bind, e.SocketErrorCode), e));
                return;
            }
        }
        state.Succeeded();
        services.Log.Info($"listener {settings.Name} on {string.Join(", ", state.EndPoints)}, transport {services.Transport.Name}");
    }

    /// <summary>At start that is the end of it. Later, the address was ours and may be so again.</summary>
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
        Timers.StartSingleTimer(nameof(BindAgain), BindAgain.Instance, delay);
    }

    private void Listen(BindSettings bind)
    {
        var handler = new AcceptHandler(this, state.Sockets.Count, Self);
        state.Sockets.Add(services.Transport.Listen(new ListenOptions(bind.EndPoint, bind.DualMode, settings.Backlog), handler));
    }

    private void Pause(AcceptPaused paused)
    {
        services.Meters.AcceptPaused();
        var socket = state.Sockets[paused.Socket];
        if (paused.Verdict == AcceptVerdict.Stop)
        {
            // EBADF, EINVAL ...: this socket will not accept again, a new one may.
            services.Log.Error($"listener {settings.Name}: accept on {socket.EndPoint} failed for good ({paused.Error}), opening it anew");
            state.CloseSockets();
            Bind();
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
            services.Materializer, settings.HelloTimeout, settings.MaxHelloSize, services.Limits.MaxPeeks, services.Time);
        state.Peeks = queue;
        ended.PipeTo(Self, success: static _ => new PeekFlowEnded(null), failure: static e => new PeekFlowEnded(e));
    }

    /// <summary>Runs on the transport's thread: reads only what never changes, and the queue of the flow that runs now.</summary>
    private sealed class AcceptHandler(ListenerActor listener, int socket, IActorRef self) : IAcceptHandler
    {
        private ConnectionContext? _context;

        public void Accepted(Link link)
        {
            var context = _context;
            if (context is null || !ReferenceEquals(context.Peeks, listener.Peeks))
                _context = context = listener.NewContext();
            listener.Connections.Tell(new Accepted(link, context), ActorRefs.NoSender);
        }

        public bool AcceptFailed(SocketError error)
        {
            var verdict = AcceptFault.Classify(error);
            if (verdict == AcceptVerdict.Ignore)
                return true;
            self.Tell(new AcceptPaused(socket, error, verdict), ActorRefs.NoSender);
            return false;
        }
    }

    private sealed class BindAgain
    {
        public static readonly BindAgain Instance = new();
    }

    private IPeekQueue Peeks => state.Peeks!;

    private IActorRef Connections => services.Connections;

    private ConnectionContext NewContext() => new(services.Shared, index, settings, Peeks, state.Admission!);
}
