using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using EdgeActors.Settings;

namespace EdgeActors.Transport.Sockets;

/// <summary>The portable transport, on <see cref="System.Net.Sockets"/> and the thread pool. Bytes are copied through pooled buffers; an
/// idle joined connection holds none.</summary>
public sealed class SocketTransport : ITransport
{
    private static readonly TimeSpan Sweep = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<long, SocketLink> _links = new();
    private readonly ConcurrentDictionary<SocketListener, bool> _listeners = new();
    private readonly ITimer _sweeper;
    private int _disposed;

    public SocketTransport(SocketTransportOptions options, AcceptGate gate, TimeProvider time)
    {
        Options = options;
        Gate = gate;
        Time = time;
        SilentDrops = new HeldSockets(options.SilentHoldMax, options.SilentHold, time, SocketCalls.CloseSilently);
        Lingering = new HeldSockets(options.SilentHoldMax, TlsAlerts.Linger, time, SocketCalls.DiscardAndClose);
        _sweeper = time.CreateTimer(static self => ((SocketTransport)self!).SweepOnce(), this, Sweep, Sweep);
    }

    public string Name => "sockets";

    public int OpenLinks => _links.Count + SilentDrops.Count + Lingering.Count;

    public int SilentHeld => SilentDrops.Count;

    public long SilentEvicted => SilentDrops.Evicted;

    public Task<IReadOnlyList<PinnedLink>> Pinned() => Task.FromResult<IReadOnlyList<PinnedLink>>(
        [.. _links.Values.Where(static link => link.CarriesBulk).Select(static link => link.Pinned)]);

    internal SocketTransportOptions Options { get; }

    internal bool IsDisposed => Volatile.Read(ref _disposed) != 0;

    internal AcceptGate Gate { get; }

    internal TimeProvider Time { get; }

    internal HeldSockets SilentDrops { get; }

    internal HeldSockets Lingering { get; }

    public IListenSocket Listen(ListenOptions options, IAcceptHandler handler)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        var listener = new SocketListener(this, options, handler);
        _listeners[listener] = true;
        listener.Start();
        return listener;
    }

    public Link Adopt(LinkHandover link)
    {
        ArgumentNullException.ThrowIfNull(link);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        Gate.Enter();
        var adopted = new SocketLink(this, null!, IPEndPoint.Parse(link.Client), IPEndPoint.Parse(link.Local), link);
        adopted.Counters.Restore(link);
        Add(adopted);
        return adopted;
    }

    public Task<IReadOnlyList<DropHandover>> TakeDrops(int max) => Task.FromResult(SilentDrops.Take(max));

    public void Hold(DropHandover drop)
    {
        ArgumentNullException.ThrowIfNull(drop);
        SilentDrops.Add(new Socket(new SafeSocketHandle(drop.Fd, ownsHandle: true)), TimeSpan.FromMilliseconds(drop.LeftMs));
    }

    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return ValueTask.CompletedTask;
        foreach (var (listener, _) in _listeners)
            listener.Dispose();
        foreach (var (_, link) in _links)
            link.Close(CloseReason.Internal, CloseMode.Reset);
        SilentDrops.Clear();
        Lingering.Clear();
        return _sweeper.DisposeAsync();
    }

    internal void Add(SocketLink link) => _links[link.Id] = link;

    internal void Remove(SocketLink link) => _links.TryRemove(link.Id, out _);

    internal void Remove(SocketListener listener) => _listeners.TryRemove(listener, out _);

    private void SweepOnce()
    {
        var now = Time.GetTimestamp();
        foreach (var (_, link) in _links)
        {
            link.CloseIfIdle(now);
            link.CloseIfReset();
        }
        SilentDrops.Expire(now);
        Lingering.Expire(now);
    }
}

/// <param name="BufferSize">Bytes of one relay buffer, rented only during a transfer.</param>
/// <param name="SilentHold">How long a silently dropped client's socket stays open and unread.</param>
/// <param name="SilentHoldMax">Maximum of silently dropped sockets; the oldest is evicted.</param>
public sealed record SocketTransportOptions(int BufferSize = 64 * 1024, TimeSpan SilentHold = default, int SilentHoldMax = 1024)
{
    public BufferSettings Buffers { get; init; }
}
