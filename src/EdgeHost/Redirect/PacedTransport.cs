using System.Net;
using Microsoft.AspNetCore.Connections;

namespace EdgeHost.Redirect;

/// <summary>
/// Limits what Kestrel accepts: connections at once, and new ones a second. Further clients wait in the kernel's backlog, where they cost
/// this process nothing; Kestrel's own limit would close them, and connection middleware would hold their sockets.
/// </summary>
internal sealed class PacedTransport(int maxConnections, AcceptPace pace)
{
    private readonly SemaphoreSlim _slots = new(maxConnections);
    private readonly AcceptPace _pace = pace;
    private readonly List<Listener> _listeners = [];

    /// <summary>All listeners are closed.</summary>
    public Task Unbound => Task.WhenAll(_listeners.Select(static listener => listener.Unbound));

    public IConnectionListenerFactory Limit(IConnectionListenerFactory inner) => new Factory(inner, this);

    /// <summary>Connection middleware: a connection occupies its slot until its last request is answered.</summary>
    public async Task Serve(ConnectionContext connection, Func<Task> next)
    {
        try
        {
            await next();
        }
        finally
        {
            _slots.Release();
        }
    }

    private sealed class Factory(IConnectionListenerFactory inner, PacedTransport owner) : IConnectionListenerFactory
    {
        public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
        {
            var listener = new Listener(await inner.BindAsync(endpoint, cancellationToken), owner);
            owner._listeners.Add(listener);
            return listener;
        }
    }

    private sealed class Listener(IConnectionListener inner, PacedTransport owner) : IConnectionListener
    {
        private readonly CancellationTokenSource _unbinding = new();
        private readonly TaskCompletionSource _unbound = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public EndPoint EndPoint => inner.EndPoint;

        public Task Unbound => _unbound.Task;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            ConnectionContext? connection = null;
            try
            {
                await owner._slots.WaitAsync(_unbinding.Token);
                if ((connection = await inner.AcceptAsync(cancellationToken)) is null)
                    owner._slots.Release();
                else
                    await owner._pace.WaitAsync(_unbinding.Token);
            }
            catch (OperationCanceledException) when (_unbinding.IsCancellationRequested)
            {
                // A connection that waited for its turn is served as one of the last.
            }
            return connection;
        }

        public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            await _unbinding.CancelAsync();
            await inner.UnbindAsync(cancellationToken);
            _unbound.TrySetResult();
        }

        public async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync();
            _unbinding.Dispose();
            _unbound.TrySetResult();
        }
    }
}
