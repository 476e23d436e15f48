using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using EdgeActors.Settings;

namespace EdgeActors.Transport.Epoll;

/// <summary>Work posted to a reactor's thread.</summary>
internal interface IReactorWork
{
    /// <param name="kind">The poster's value.</param>
    void Run(int kind);

    /// <summary><see cref="Run"/> threw: a bug, which must affect this work only.</summary>
    void Failed(Exception e);
}

/// <summary>
/// One thread with its epoll, sockets, pipes, timers and links. Other threads access them only through the work queue.
/// <code>
///   wait -> events -> actors and posted work -> links that had more to do than one turn allows -> timers -> wait
/// </code>
/// </summary>
internal sealed unsafe class Reactor : IDisposable
{
    public const int ScratchSize = 64 * 1024;
    private const int MaxEvents = 256;

    /// <summary>Shortest time slice that the kernel accepts, in nanoseconds.</summary>
    public const ulong TimeSlice = 100_000;

    /// <summary>Maximum rounds of actors and posted work per turn: a connection needs about ten. The rest runs after the sockets.</summary>
    private const int MaxRounds = 32;

    /// <summary>Maximum of posted work per round.</summary>
    private const int MaxPosted = 256;

    // struct epoll_event is packed on x86-64 (12 bytes, data at 4); elsewhere it has 16 bytes, data at 8.
    private static readonly bool Packed = RuntimeInformation.ProcessArchitecture == Architecture.X64;
    private static readonly int EventSize = Packed ? 12 : 16;
    private static readonly int DataOffset = Packed ? 4 : 8;

    [ThreadStatic]
    private static Reactor? t_current;

    private readonly ConcurrentQueue<(IReactorWork Work, int Kind)> _posted = new();
    private readonly Queue<IThreadPoolWorkItem> _soon = new();
    private readonly List<IReactorWork> _again = [];
    private readonly List<IReactorWork> _againNow = [];
    private readonly byte* _events = (byte*)NativeMemory.Alloc(MaxEvents * 16);
    private readonly TimeProvider _time;
    private readonly long _origin;
    private readonly Thread _thread;
    private readonly int _epoll;
    private readonly int _wake;
    private int _asleep;
    private volatile bool _stopping;

    public Reactor(int index, int? cpu, TimeProvider time, PipePool pipes)
    {
        Index = index;
        Cpu = cpu;
        Pipes = pipes;
        _time = time;
        _origin = Now = time.GetTimestamp();
        Wheel = new TimerWheel(0);
        _epoll = Check(Native.EpollCreate(Native.EpollCloExec), "epoll_create1");
        _wake = Check(Native.EventFd(0, Native.EventFdNonBlock | Native.EventFdCloExec), "eventfd");
        Control(Native.EpollAdd, _wake, Native.EpollIn | Native.EpollEdge, ulong.MaxValue);
        _thread = new Thread(Loop) { Name = $"edge-reactor-{index}", IsBackground = true };
    }

    /// <summary>The reactor of the current thread; null on other threads.</summary>
    public static Reactor? Current => t_current;

    public int Index { get; }

    /// <summary>The CPU affinity of the thread; null: none.</summary>
    public int? Cpu { get; }

    public PipePool Pipes { get; }

    public BufferSettings Buffers { get; init; }

    public SlotTable Slots { get; } = new();

    public TimerWheel Wheel { get; }

    /// <summary>Scratch buffer between a receive and a send; not preserved.</summary>
    public byte* Scratch { get; } = (byte*)NativeMemory.Alloc(ScratchSize);

    /// <summary>Timestamp of this turn; the clock is read once per turn.</summary>
    public long Now { get; private set; }

    /// <summary>Milliseconds since the reactor's creation, the time of its <see cref="Wheel"/>.</summary>
    public long NowMs { get; private set; }

    public bool IsCurrentThread => t_current == this;

    public void Start() => _thread.Start();

    /// <summary>Any thread. Wakes the reactor only if it sleeps, which saves a system call when busy.</summary>
    public void Post(IReactorWork work, int kind)
    {
        _posted.Enqueue((work, kind));
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _asleep) == 1 && Interlocked.Exchange(ref _asleep, 0) == 1)
            Wake();
    }

    private void Wake()
    {
        ulong one = 1;
        _ = Native.Write(_wake, (byte*)&one, sizeof(ulong));
    }

    /// <summary>This thread only: run again after the other links' turns.</summary>
    public void RunAgain(IReactorWork work) => _again.Add(work);

    /// <summary>This thread only: run later in this turn.</summary>
    public void RunSoon(IThreadPoolWorkItem work) => _soon.Enqueue(work);

    public bool Control(int operation, int fd, uint events, ulong data)
    {
        var e = stackalloc byte[16];
        *(uint*)e = events;
        *(ulong*)(e + DataOffset) = data;
        return Native.EpollControl(_epoll, operation, fd, e) == 0;
    }

    /// <summary>Ends the loop and waits for it. Owners close what is still open.</summary>
    public void Dispose()
    {
        if (_stopping)
            return;
        _stopping = true;
        Wake();
        if (_thread.IsAlive && !IsCurrentThread)
            _thread.Join();
        Pipes.Dispose();
        _ = Native.Close(_epoll);
        _ = Native.Close(_wake);
        NativeMemory.Free(_events);
        NativeMemory.Free(Scratch);
    }

    private void Loop()
    {
        if (Cpu is { } cpu)
        {
            var mask = stackalloc ulong[16];
            new Span<ulong>(mask, 16).Clear();
            mask[cpu / 64] = 1UL << (cpu % 64);
            // A cpuset may exclude the CPU: the thread runs unpinned, with worse cache locality.
            _ = Native.SetAffinity(0, 16 * sizeof(ulong), mask);
        }
        // A thread that wakes up runs before those with a longer slice (EEVDF), such as the kernel's in a flood.
        Native.TimeSlice = TimeSlice;
        t_current = this;
        while (!_stopping)
        {
            var count = Wait();
            Tick();
            for (var i = 0; i < count; i++)
                Dispatch(_events + (nint)i * EventSize);
            RunWork();
            RunOnceMore();
            Wheel.Advance(NowMs);
        }
        // Runs work posted before the end, possibly before the first turn.
        RunWork();
        t_current = null;
        foreach (var work in _soon)
            ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
    }

    private void RunWork()
    {
        for (var round = 0; round < MaxRounds; round++)
        {
            var soon = _soon.Count;
            for (var i = 0; i < soon; i++)
                Execute(_soon.Dequeue());
            var posted = 0;
            while (posted < MaxPosted && _posted.TryDequeue(out var work))
            {
                Run(work.Work, work.Kind);
                posted++;
            }
            if (posted == 0 && _soon.Count == 0)
                return;
        }
    }

    private static void Execute(IThreadPoolWorkItem work)
    {
        try
        {
            work.Execute();
        }
        catch (Exception failure)
        {
            // Actor faults stay in the mailbox. Any other exception is fatal, as on the thread pool.
            ThreadPool.UnsafeQueueUserWorkItem(static e => ExceptionDispatchInfo.Throw((Exception)e!), failure);
        }
    }

    private int Wait()
    {
        var timeout = _again.Count > 0 || _soon.Count > 0 ? 0 : Wheel.SleepMs(NowMs);
        if (timeout != 0)
        {
            Interlocked.Exchange(ref _asleep, 1);
            if (!_posted.IsEmpty)
                timeout = 0;
        }
        var count = Native.EpollWait(_epoll, _events, MaxEvents, timeout);
        Volatile.Write(ref _asleep, 0);
        // EINTR is the only error of a valid call.
        return Math.Max(count, 0);
    }

    private void Tick()
    {
        Now = _time.GetTimestamp();
        NowMs = (long)_time.GetElapsedTime(_origin, Now).TotalMilliseconds;
    }

    private void Dispatch(byte* e)
    {
        var tag = *(ulong*)(e + DataOffset);
        if (tag == ulong.MaxValue)
        {
            Drain();
            return;
        }
        if (Slots.Find(tag, out var side) is not { } source)
            return;
        try
        {
            source.OnEvents(side, *(uint*)e);
        }
        catch (Exception failure)
        {
            source.Failed(failure);
        }
    }

    private static void Run(IReactorWork work, int kind)
    {
        try
        {
            work.Run(kind);
        }
        catch (Exception failure)
        {
            work.Failed(failure);
        }
    }

    /// <summary>Resets the eventfd. Edge-triggered epoll does not need it, but the counter would reach its limit.</summary>
    private void Drain()
    {
        ulong count;
        _ = Native.Read(_wake, (byte*)&count, sizeof(ulong));
    }

    private void RunOnceMore()
    {
        if (_again.Count == 0)
            return;
        _againNow.AddRange(_again);
        _again.Clear();
        foreach (var work in _againNow)
            Run(work, 0);
        _againNow.Clear();
    }

    private static int Check(int result, string call) =>
        result >= 0 ? result : throw new InvalidOperationException($"{call} failed with errno {Errno.Last}");
}
