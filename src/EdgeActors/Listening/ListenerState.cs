using System.Net.Sockets;
using System.Net;
using Akka.Actor;
using EdgeActors.Admission;
using EdgeActors.Connection;
using EdgeActors.Settings;
using EdgeActors.Telemetry.Traffic;
using EdgeActors.Transport;

namespace EdgeActors.Listening;

/// <summary>A listener that runs.</summary>
/// <param name="Settings">Those in force.</param>
/// <param name="Number">Its own for as long as the process lives, in whatever order a configuration lists them: by it, its limits are found.</param>
/// <param name="Actor">Its actor.</param>
/// <param name="State">What it has open.</param>
public sealed record RunningListener(ListenerSettings Settings, int Number, IActorRef Actor, ListenerState State)
{
    public void Deconstruct(out ListenerSettings settings, out ListenerState state) => (settings, state) = (Settings, State);
}

/// <summary>What a listener has open, for its actor and for whoever waits for it.</summary>
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

    /// <summary>Whether it listens now.</summary>
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
