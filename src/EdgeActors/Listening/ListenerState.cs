using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Streams;
using EdgeActors.Admission;
using EdgeActors.Connection;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Telemetry.Traffic;
using EdgeActors.Transport;
using Microsoft.Win32.SafeHandles;

namespace EdgeActors.Listening;

/// <param name="Number">Fixed for the life of the process; rate limits are found by it.</param>
public sealed record RunningListener(ListenerSettings Settings, int Number, IActorRef Actor, ListenerState State)
{
    public void Deconstruct(out ListenerSettings settings, out ListenerState state) => (settings, state) = (Settings, State);
}

/// <summary>A listener's sockets and state: written by its actor, read by its node.</summary>
public sealed class ListenerState
{
    private readonly TaskCompletionSource _bound = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ConnectionContext? _context;

    /// <summary>Ends when every address is bound; fails with a <see cref="BindException"/>.</summary>
    public Task Bound => _bound.Task;

    /// <summary>Bound addresses with the kernel's ports. Complete once <see cref="Bound"/> has ended.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints { get; private set; } = [];

    /// <summary>Shared by all clients accepted now. Written by the listener's actor, read by the transport.</summary>
    internal ConnectionContext? Context
    {
        get => Volatile.Read(ref _context);
        set => Volatile.Write(ref _context, value);
    }

    /// <summary>After a reload, the list may contain sockets of addresses within a configured wildcard.</summary>
    internal IReadOnlyList<ListeningSocket> Sockets { get; set; } = [];

    internal IPeekQueue? Peeks { get; set; }

    /// <summary>Set before anything is bound.</summary>
    public ListenerAdmission? Admission { get; internal set; }

    /// <summary>Set once, before anything is bound.</summary>
    public FrontendTraffic? Traffic { get; internal set; }

    public bool IsOpen => Bound.IsCompletedSuccessfully && Sockets.Count > 0;

    /// <param name="binds">The addresses of the settings.</param>
    internal void Succeeded(IReadOnlyList<BindSettings> binds)
    {
        var sockets = Sockets;
        EndPoints = [.. binds.Select(bind => sockets.FirstOrDefault(open => open.Bind == bind)?.Socket.EndPoint ?? bind.EndPoint)];
        _bound.TrySetResult();
    }

    internal void Failed(Exception e) => _bound.TrySetException(e);

    internal void CloseSockets()
    {
        foreach (var open in Sockets)
            open.Socket.Dispose();
        Sockets = [];
    }
}

/// <param name="Bind">As configured: port 0 stays 0.</param>
internal sealed record ListeningSocket(BindSettings Bind, IListenSocket Socket);

/// <summary>An address cannot be bound; the message says what to do.</summary>
public sealed class BindException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Messages for the errors of bind(2).</summary>
public static class BindErrors
{
    public static string Explain(string listener, BindSettings bind, SocketError error)
    {
        var what = error switch
        {
            SocketError.AddressAlreadyInUse => "another program listens there already",
            SocketError.AccessDenied =>
                "not allowed; ports below 1024 need the capability NET_BIND_SERVICE, which an ordinary user has only as an ambient one (by Podman's " +
                "--cap-add or systemd's AmbientCapabilities, not by Docker's --cap-add), or the sysctl " +
                $"net.ipv4.ip_unprivileged_port_start={bind.EndPoint.Port}",
            SocketError.AddressNotAvailable => "this machine has no such address",
            SocketError.AddressFamilyNotSupported => "this machine has no IPv6; bind to an IPv4 address",
            _ => error.ToString(),
        };
        return $"listener {listener} cannot listen on {bind}: {what}";
    }
}

/// <summary>A listening socket in transfer to another process.</summary>
/// <param name="Owner">The name of the listener or of the host's own endpoint.</param>
/// <param name="Bind">As configured: port 0 stays 0.</param>
public sealed record TransferredSocket(string Owner, BindSettings Bind, SafeFileHandle Handle);

/// <summary>Sockets and server states from the previous process. Disposing of it closes the sockets that were not taken.</summary>
public sealed class ReceivedHandover(IReadOnlyList<TransferredSocket> sockets, IReadOnlyList<ServerHandover> servers) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<TransferredSocket> _left = [.. sockets];

    public IReadOnlyList<ServerHandover> Servers { get; } = servers;

    /// <summary>The previous process's configuration; 0: unknown.</summary>
    public long Generation { get; init; }

    /// <summary>The addresses of the sockets that were not taken.</summary>
    public IReadOnlyList<OwnedBind> Binds
    {
        get
        {
            lock (_lock)
                return [.. _left.Select(static socket => new OwnedBind(socket.Owner, socket.Bind)).Distinct()];
        }
    }

    /// <summary>Sockets not taken yet.</summary>
    public int Left
    {
        get
        {
            lock (_lock)
                return _left.Count;
        }
    }

    /// <summary>Takes the sockets of this address, once. The owner's name matters only for a port chosen by the kernel.</summary>
    public IReadOnlyList<SafeFileHandle> Take(string owner, BindSettings bind)
    {
        lock (_lock)
        {
            bool Fits(TransferredSocket socket) => socket.Bind == bind && (bind.EndPoint.Port != 0 || socket.Owner == owner);
            IReadOnlyList<SafeFileHandle> taken = [.. _left.Where(Fits).Select(static socket => socket.Handle)];
            _left.RemoveAll(Fits);
            return taken;
        }
    }

    /// <summary>Sets SO_REUSEPORT on the sockets that overlap an address. Call it before the address is bound.</summary>
    /// <returns>Whether there is such a socket.</returns>
    public bool ShareAddress(BindSettings bind)
    {
        lock (_lock)
        {
            var overlapping = _left.FindAll(socket => Addresses.Overlap(socket.Bind, bind));
            overlapping.ForEach(static socket => SharedSockets.ShareAddress(socket.Handle));
            return overlapping.Count > 0;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var socket in _left)
                socket.Handle.Dispose();
            _left.Clear();
        }
    }
}

/// <summary>To a listener; answered with <see cref="Akka.Done"/> unless stated otherwise.</summary>
public enum ListenerOrder
{
    /// <summary>Stop accepting; connections go on.</summary>
    Unbind,

    /// <summary>The listener is not in the configuration any more. It stops after its last peeks, and closes no socket: sockets belong to
    /// other listeners, or the sender closes them.</summary>
    Retire,

    /// <summary>Answered with a list of <see cref="ListeningSocket"/>.</summary>
    ListSockets,

    /// <summary>Duplicate the listening sockets for another process. Answered with a list of <see cref="TransferredSocket"/>, or a failure.</summary>
    DuplicateSockets,

    /// <summary>From itself: there is a flood.</summary>
    NextDrops,

    /// <summary>From itself: try to bind again.</summary>
    BindAgain,

    /// <summary>From itself.</summary>
    Stop,
}

/// <summary>To a listener: open the missing sockets, so that a bind error is found before anything changes. Answered with
/// <see cref="Prepared"/>. The sender closes the new sockets, or sends <see cref="Reconfigure"/> with them.</summary>
internal sealed record Prepare(ListenerSettings Settings, IReadOnlyList<SocketToOpen> Missing);

/// <param name="Failure">Null: every address is bound. Otherwise no socket is open.</param>
internal sealed record Prepared(IReadOnlyList<ListeningSocket> Opened, string? Failure);

/// <summary>To a listener: accept with these settings on these sockets. Its previous sockets are not closed. Answered with
/// <see cref="Akka.Done"/>.</summary>
internal sealed record Reconfigure(ListenerSettings Settings, long Generation, IReadOnlyList<ListeningSocket> Sockets);

/// <summary>To a listener: whether to ignore SYNs of new clients, which retransmit them. Answered with
/// <see cref="Akka.Done"/>.</summary>
internal sealed record IgnoreNewClients(bool On);

internal sealed record AcceptPaused(BindSettings Bind, SocketError Error, AcceptVerdict Verdict);

internal sealed record TryAgain(IListenSocket Socket);

internal sealed record PeekFlowEnded(IPeekQueue Peeks, Exception? Failure);

public sealed record ListenerServices(
    ITransport Transport, IMaterializer Materializer, IActorRef Connections, ConnectionServices Shared, LimitSettings Limits, EdgeLog Log, TimeProvider Time)
{
    /// <summary>Sockets of the previous process; null: there was none.</summary>
    public ReceivedHandover? Inherited { get; init; }

    public AcceptGate? Gate { get; init; }

    /// <summary>Whether the kernel drops the clients of a flood.</summary>
    public bool DropsInKernel { get; init; }
}
