using System.Collections.Concurrent;
using EdgeActors.Settings;

namespace EdgeActors.Transport.Epoll;

/// <param name="Pin">Bind reactor i to CPU i and steer connections to the reactor of the receiving CPU.</param>
/// <param name="PipeSize">Requested bytes per pipe.</param>
/// <param name="MaxPipes">Maximum open pipes; 0: copy only.</param>
/// <param name="DeferAccept">TCP_DEFER_ACCEPT: accept a client once it has sent data.</param>
public sealed record EpollTransportOptions(
    int Reactors, bool Pin, int PipeSize, int MaxPipes, bool DeferAccept, TimeSpan SilentHold, int SilentHoldMax)
{
    public BufferSettings Buffers { get; init; }

    /// <summary>Null: nothing is kept.</summary>
    public KeeperChannel? Keeper { get; init; }
}

/// <summary>The Linux transport: one reactor per CPU with its own epoll and listening sockets; bytes move by splice(2). A connection stays
/// on one reactor from accept to close.</summary>
public sealed class EpollTransport : ITransport
{
    private readonly Reactor[] _reactors;
    private readonly SilentDropPool[] _silent;
    private readonly LingeringSockets[] _lingering;
    private readonly ConcurrentDictionary<EpollListener, bool> _listeners = new();
    private int _open;
    private int _disposed;

    public EpollTransport(EpollTransportOptions options, AcceptGate gate, TimeProvider time)
    {
        Options = options;
        Gate = gate;
        Time = time;
        _reactors = new Reactor[options.Reactors];
        _silent = new SilentDropPool[options.Reactors];
        _lingering = new LingeringSockets[options.Reactors];
        var maxHeld = (options.SilentHoldMax + options.Reactors - 1) / options.Reactors;
        for (var i = 0; i < _reactors.Length; i++)
        {
            var pipes = new PipePool((options.MaxPipes + options.Reactors - 1) / options.Reactors, options.PipeSize) { Keeper = options.Keeper };
            _reactors[i] = new Reactor(i, options.Pin ? i : null, time, pipes) { Buffers = options.Buffers };
            _silent[i] = new SilentDropPool(_reactors[i], this, maxHeld, options.SilentHold);
            _lingering[i] = new LingeringSockets(_reactors[i], this, maxHeld);
            _reactors[i].Start();
        }
    }

    public static bool IsSupported => OperatingSystem.IsLinux();

    public string Name => $"epoll x{_reactors.Length}";

    public int OpenLinks => Volatile.Read(ref _open);

    public long SpliceFallbacks => _reactors.Sum(reactor => reactor.Pipes.Fallbacks);

    public long PipeShortages => _reactors.Sum(reactor => reactor.Pipes.Refused);

    public int PipesOpen => _reactors.Sum(reactor => reactor.Pipes.Open);

    public int SilentHeld => _silent.Sum(pool => pool.Count);

    public long SilentEvicted => _silent.Sum(pool => pool.Evicted);

    public async Task<IReadOnlyList<PinnedLink>> Pinned()
    {
        var lists = _reactors.Select(static _ => new List<PinnedLink>()).ToArray();
        await Task.WhenAll(_reactors.Select((reactor, i) => Call(reactor, () =>
        {
            foreach (var source in reactor.Slots.Sources)
            {
                if (source is EpollLink link && link.Pinned is { } pinned)
                    lists[i].Add(pinned);
            }
        }))).ConfigureAwait(false);
        return [.. lists.SelectMany(static list => list)];
    }

    internal EpollTransportOptions Options { get; }

    internal bool IsDisposed => Volatile.Read(ref _disposed) != 0;

    internal AcceptGate Gate { get; }

    internal TimeProvider Time { get; }

    internal IReadOnlyList<Reactor> Reactors => _reactors;

    public IListenSocket Listen(ListenOptions options, IAcceptHandler handler)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        var listener = new EpollListener(this, options, handler);
        _listeners[listener] = true;
        return listener;
    }

    public Link Adopt(LinkHandover link)
    {
        ArgumentNullException.ThrowIfNull(link);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        Gate.Enter();
        return new EpollLink(this, ReactorOf(link.Id), link);
    }

    public async Task<IReadOnlyList<DropHandover>> TakeDrops(int max)
    {
        var taken = new List<DropHandover>();
        foreach (var reactor in _reactors)
            await Call(reactor, () => SilentDropsOf(reactor).Take(taken, max)).ConfigureAwait(false);
        return taken;
    }

    public void Hold(DropHandover drop)
    {
        ArgumentNullException.ThrowIfNull(drop);
        Opened();
        var reactor = ReactorOf(drop.Fd);
        _ = Call(reactor, () => SilentDropsOf(reactor).Restore(drop));
    }

    public Task Echo() => Task.WhenAll(_reactors.Select(static reactor => Call(reactor, static () => { })));

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        foreach (var (listener, _) in _listeners)
            listener.Dispose();
        foreach (var reactor in _reactors)
        {
            await Call(reactor, () => CloseAll(reactor)).ConfigureAwait(false);
            reactor.Dispose();
        }
    }

    private Reactor ReactorOf(long number) => _reactors[number % _reactors.Length];

    internal SilentDropPool SilentDropsOf(Reactor reactor) => _silent[reactor.Index];

    internal LingeringSockets LingeringSocketsOf(Reactor reactor) => _lingering[reactor.Index];

    internal void Opened() => Interlocked.Increment(ref _open);

    internal void Closed() => Interlocked.Decrement(ref _open);

    internal void Remove(EpollListener listener) => _listeners.TryRemove(listener, out _);

    private static Task Call(Reactor reactor, Action action)
    {
        var call = new ReactorCall(action);
        reactor.Post(call, 0);
        return call.Done;
    }

    private void CloseAll(Reactor reactor)
    {
        foreach (var link in reactor.Slots.Sources.OfType<EpollLink>().ToArray())
            link.CloseForGood();
        _silent[reactor.Index].Clear();
        _lingering[reactor.Index].Clear();
    }

    private sealed class ReactorCall(Action action) : IReactorWork
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Done => _done.Task;

        public void Run(int kind)
        {
            action();
            _done.SetResult();
        }

        public void Failed(Exception e) => _done.TrySetException(e);
    }
}
