using System.Net;
using EdgeActors.Admission;
using EdgeActors.Connection;
using EdgeActors.Settings;
using EdgeActors.Telemetry.Traffic;
using EdgeActors.Transport;

namespace EdgeActors.Listening;

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
