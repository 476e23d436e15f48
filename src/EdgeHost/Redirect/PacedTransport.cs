using System.Net;
using Microsoft.AspNetCore.Connections;

namespace EdgeHost.Redirect;

/// <summary>
/// Limits what Kestrel accepts: connections at once, and new ones a second. Further clients wait in the kernel's backlog, where they cost
/// this process nothing; Kestrel's own limit would close them, and connection middleware would hold their sockets.
/// </summary>
/// <param name="slots">One is taken for each connection; connection middleware releases it.</param>
internal sealed class PacedTransport(IConnectionListenerFactory inner, SemaphoreSlim slots, AcceptPace pace) : IConnectionListenerFactory
{
    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new Listener(await inner.BindAsync(endpoint, cancellationToken), slots, pace);

    private sealed class Listener(IConnectionListener inner, SemaphoreSlim slots, AcceptPace pace) : IConnectionListener
    {
        private readonly CancellationTokenSource _unbinding = new();

        public EndPoint EndPoint => inner.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            ConnectionContext? connection = null;
            try
            {
                await slots.WaitAsync(_unbinding.Token);
                connection = await inner.AcceptAsync(cancellationToken);
                // A delay is cut to whole milliseconds.
                if (connection is not null && pace.Reserve() is var wait && wait > TimeSpan.Zero)
                    await Task.Delay(wait + TimeSpan.FromMilliseconds(1), _unbinding.Token);
            }
            catch (OperationCanceledException) when (_unbinding.IsCancellationRequested)
            {
                // A connection that waited for its turn is served as the last one.
            }
            return connection;
        }

        public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            await _unbinding.CancelAsync();
            await inner.UnbindAsync(cancellationToken);
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}

/// <summary>
/// Spreads events so that no second holds more than <c>rate</c> of them. It keeps the times of the last <c>rate</c> events; the next one
/// may happen a second after the oldest. A token bucket would admit twice as many in the second after an idle one.
/// </summary>
/// <param name="rate">Null: no limit.</param>
internal sealed class AcceptPace(int? rate, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly long[] _times = new long[rate ?? 0];
    private long _count;

    /// <returns>How long the caller has to wait until its event.</returns>
    public TimeSpan Reserve()
    {
        if (_times.Length == 0)
            return TimeSpan.Zero;
        lock (_lock)
        {
            var now = time.GetTimestamp();
            ref var oldest = ref _times[_count % _times.Length];
            oldest = _count++ < _times.Length ? now : Math.Max(now, oldest + time.TimestampFrequency);
            return time.GetElapsedTime(now, oldest);
        }
    }
}
