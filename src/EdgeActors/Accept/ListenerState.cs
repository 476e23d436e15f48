using System.Net;
using EdgeActors.Admit;
using EdgeActors.Peek;
using EdgeActors.Transport;

namespace EdgeActors.Accept;

/// <summary>What a listener has open, for its actor and for whoever waits for it.</summary>
public sealed class ListenerState
{
    private readonly TaskCompletionSource _bound = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when every address is bound; fails with a <see cref="BindException"/>.</summary>
    public Task Bound => _bound.Task;

    /// <summary>What was bound, with the kernel's ports. Complete once <see cref="Bound"/> has ended.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints { get; private set; } = [];

    internal List<IListenSocket> Sockets { get; } = [];

    internal IPeekQueue? Peeks { get; set; }

    /// <summary>What it knows of its clients. Set once, before anything is bound.</summary>
    public ListenerAdmission? Admission { get; internal set; }

    internal void Succeeded()
    {
        EndPoints = [.. Sockets.Select(socket => socket.EndPoint)];
        _bound.TrySetResult();
    }

    internal void Failed(Exception e) => _bound.TrySetException(e);

    internal void CloseSockets()
    {
        foreach (var socket in Sockets)
            socket.Dispose();
        Sockets.Clear();
    }
}

/// <summary>An address that cannot be listened on, and what to do about it.</summary>
public sealed class BindException(string message, Exception inner) : Exception(message, inner);
