using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using EdgeActors.Admission;
using EdgeActors.Connection;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry.Traffic;
using EdgeActors.Transport;
using Microsoft.Win32.SafeHandles;

namespace EdgeActors.Listening;

/// <summary>A listener that runs.</summary>
/// <param name="Settings">Those in force.</param>
/// <param name="Number">Its own for as long as the process lives, in whatever order a configuration lists them: by it, its limits are found.</param>
public sealed record RunningListener(ListenerSettings Settings, int Number, IActorRef Actor, ListenerState State)
{
    public void Deconstruct(out ListenerSettings settings, out ListenerState state) => (settings, state) = (Settings, State);
}

/// <summary>What a listener has open: written by its actor, read by its node.</summary>
public sealed class ListenerState
{
    private readonly TaskCompletionSource _bound = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ConnectionContext? _context;

    /// <summary>Ends when every address is bound; fails with a <see cref="BindException"/>.</summary>
    public Task Bound => _bound.Task;

    /// <summary>What was bound, with the kernel's ports. Complete once <see cref="Bound"/> has ended.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints { get; private set; } = [];

    /// <summary>What those have in common that are accepted now. Written by the listener's actor, read by the transport.</summary>
    internal ConnectionContext? Context
    {
        get => Volatile.Read(ref _context);
        set => Volatile.Write(ref _context, value);
    }

    /// <summary>In the order of the settings.</summary>
    internal List<(BindSettings Bind, IListenSocket Socket)> Sockets { get; } = [];

    internal IPeekQueue? Peeks { get; set; }

    /// <summary>What it knows of its clients. Set before anything is bound.</summary>
    public ListenerAdmission? Admission { get; internal set; }

    /// <summary>What it has accepted. Set once, before anything is bound.</summary>
    public FrontendTraffic? Traffic { get; internal set; }

    public bool IsOpen => Bound.IsCompletedSuccessfully && Sockets.Count > 0;

    internal void Succeeded()
    {
        EndPoints = [.. Sockets.Select(static open => open.Socket.EndPoint)];
        _bound.TrySetResult();
    }

    internal void Failed(Exception e) => _bound.TrySetException(e);

    internal void CloseSockets() => CloseSockets(static _ => true);

    internal void CloseSockets(Predicate<BindSettings> which)
    {
        foreach (var (_, socket) in Sockets.Where(open => which(open.Bind)))
            socket.Dispose();
        Sockets.RemoveAll(open => which(open.Bind));
    }
}

/// <summary>An address that cannot be listened on, and what to do about it.</summary>
public sealed class BindException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>bind(2)'s errors in words that say what to do.</summary>
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

/// <summary>A listening socket on its way to another process.</summary>
/// <param name="Owner">The name of the listener or of the host's own endpoint.</param>
/// <param name="Bind">As it is configured: port 0 stays 0.</param>
public sealed record TransferredSocket(string Owner, BindSettings Bind, SafeFileHandle Handle);

/// <summary>What a process gets from the previous one: open sockets and the state of servers. Sockets that no listener takes are closed with it.</summary>
public sealed class ReceivedHandover(IReadOnlyList<TransferredSocket> sockets, IReadOnlyList<ServerHandover> servers) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<TransferredSocket> _left = [.. sockets];

    public IReadOnlyList<ServerHandover> Servers { get; } = servers;

    /// <summary>Sockets that no listener has taken.</summary>
    public int Left
    {
        get
        {
            lock (_lock)
                return _left.Count;
        }
    }

    /// <summary>The sockets of this address, once. A listener may have been renamed, so its name counts only for a port that the kernel
    /// chose.</summary>
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

/// <summary>To a listener; answered with <see cref="Akka.Done"/> where nothing else is said.</summary>
public enum ListenerOrder
{
    /// <summary>Accept no more; connections go on.</summary>
    Unbind,

    /// <summary>It is in no configuration any more: as <see cref="Unbind"/>, and stop once the clients accepted last have been peeked at.</summary>
    Retire,

    /// <summary>Duplicate the listening sockets for another process. Answered with a list of <see cref="TransferredSocket"/>, or a failure.</summary>
    DuplicateSockets,

    /// <summary>From itself: try to bind again.</summary>
    BindAgain,

    /// <summary>From itself.</summary>
    Stop,
}

/// <summary>To a listener: bind the addresses that these settings add, to find out whether they can be applied. Answered with
/// <see cref="Prepared"/>; <see cref="Reconfigure"/> comes next, with these settings or the old ones.</summary>
internal sealed record Prepare(ListenerSettings Settings);

/// <param name="Failure">Null: every address is bound.</param>
internal sealed record Prepared(string? Failure);

/// <summary>To a listener: accept by these settings from now on, and close the sockets that are not in them. Answered with
/// <see cref="Akka.Done"/>.</summary>
internal sealed record Reconfigure(ListenerSettings Settings, long Generation);

/// <summary>To a listener: ignore the SYNs of new clients, or no longer; their TCP sends them again. Without a kernel filter nothing changes.
/// Answered with <see cref="Akka.Done"/>.</summary>
internal sealed record IgnoreNewClients(bool On);

/// <summary>Accepting has paused on an error that needs time or a new socket.</summary>
internal sealed record AcceptPaused(BindSettings Bind, SocketError Error, AcceptVerdict Verdict);

/// <summary>A pause is over.</summary>
internal sealed record TryAgain(IListenSocket Socket);

/// <param name="Peeks">The flow that has ended.</param>
internal sealed record PeekFlowEnded(IPeekQueue Peeks, Exception? Failure);
