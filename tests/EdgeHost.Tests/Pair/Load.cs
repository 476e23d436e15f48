using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using EdgeActors.Tests.Protocol;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Pair;

/// <summary>New connections at a steady pace from many clients of a <see cref="PairNetwork"/>, each with a hello that has to come back, and
/// what became of each.</summary>
internal sealed class Load : IAsyncDisposable
{
    private static readonly byte[] Hello = HelloBytes.ForName(EdgePair.Name);

    /// <summary>Of one connection: longer than the kernel takes for a few SYNs that were lost.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ConcurrentQueue<Attempt> _attempts = new();
    private readonly ConcurrentQueue<Task> _running = new();
    private readonly TaskCompletionSource _started = new();
    private readonly Thread _thread;
    private volatile bool _enough;
    private TimeSpan _stall;

    private Load(PairNetwork network, int perSecond, Func<int, IPEndPoint> target)
    {
        // One thread in the namespace makes the sockets, which belong there for good; the rest is anybody's.
        _thread = new Thread(() => NetworkNamespaces.In(network.Client, () =>
        {
            Run(perSecond, target);
            return 0;
        }));
        _thread.Start();
    }

    public int Served => _attempts.Count(static attempt => attempt.Failure is null);

    public static Load Start(PairNetwork network, int perSecond, Func<int, IPEndPoint> target) => new(network, perSecond, target);

    public static Load ToFloatingIp(PairNetwork network, int perSecond = 200)
    {
        var target = new IPEndPoint(PairNetwork.FloatingIp, EdgePair.Port);
        return new Load(network, perSecond, _ => target);
    }

    /// <summary>So many more connections have been served.</summary>
    public async Task Goes(int more)
    {
        var from = Served;
        await Eventually.True(
            () => Served >= from + more,
            () => $"{Served - from} of {more} connections were served:\n{new LoadReport([.. _attempts], _stall)}");
    }

    public async Task<LoadReport> Stop()
    {
        _enough = true;
        await _started.Task;
        await Task.WhenAll(_running);
        return new LoadReport([.. _attempts.OrderBy(static attempt => attempt.Started)], _stall);
    }

    public async ValueTask DisposeAsync() => await Stop();

    private void Run(int perSecond, Func<int, IPEndPoint> target)
    {
        try
        {
            var since = Stopwatch.GetTimestamp();
            for (var i = 0; !_enough; i++)
            {
                var due = TimeSpan.FromSeconds((double)i / perSecond) - Stopwatch.GetElapsedTime(since);
                if (due > TimeSpan.Zero)
                    Thread.Sleep(due);
                else if (-due > _stall)
                    _stall = -due;
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                socket.Bind(new IPEndPoint(PairNetwork.ClientAddress(i), 0));
                _running.Enqueue(Try(socket, target(i)));
            }
            _started.SetResult();
        }
        catch (Exception e)
        {
            _started.SetException(e);
        }
    }

    private async Task Try(Socket socket, IPEndPoint target)
    {
        var started = Stopwatch.GetTimestamp();
        string? failure = null;
        var connected = false;
        using (socket)
        {
            try
            {
                using var deadline = new CancellationTokenSource(Patience);
                await socket.ConnectAsync(target, deadline.Token);
                connected = true;
                await socket.SendAsync(Hello, deadline.Token);
                var buffer = new byte[Hello.Length];
                for (var got = 0; got < buffer.Length && failure is null;)
                {
                    var n = await socket.ReceiveAsync(buffer.AsMemory(got), deadline.Token);
                    got += n;
                    if (n == 0)
                        failure = "closed";
                }
            }
            catch (SocketException e)
            {
                failure = e.SocketErrorCode.ToString();
            }
            catch (OperationCanceledException)
            {
                failure = "no answer";
            }
        }
        _attempts.Enqueue(new Attempt(started, Stopwatch.GetElapsedTime(started), connected, failure));
    }
}

/// <param name="Connected">Somebody was there.</param>
/// <param name="Failure">Null: it was served.</param>
internal sealed record Attempt(long Started, TimeSpan Took, bool Connected, string? Failure)
{
    /// <summary>A lost SYN is sent again after a second; one that was at once with somebody is far below that.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(400);

    public bool IsPrompt => Failure is null && Took < Soon;
}

/// <param name="Attempts">In the order of their start.</param>
/// <param name="Stall">The most by which a connection began late, since the machine had no time for the one that began it, nor for
/// anyone.</param>
internal sealed record LoadReport(IReadOnlyList<Attempt> Attempts, TimeSpan Stall)
{
    public IReadOnlyList<Attempt> Failed => [.. Attempts.Where(static attempt => attempt.Failure is not null)];

    /// <summary>The longest time without the start of a connection that was served promptly.</summary>
    public TimeSpan Gap
    {
        get
        {
            var prompt = Attempts.Where(static attempt => attempt.IsPrompt).Select(static attempt => attempt.Started).ToArray();
            return prompt.Length < 2
                ? TimeSpan.MaxValue
                : prompt.Zip(prompt.Skip(1), static (one, next) => Stopwatch.GetElapsedTime(one, next)).Max();
        }
    }

    public void ShouldHaveNoFailure() => Assert.True(Failed.Count == 0, ToString());

    /// <summary>An address that moves by plan cuts nobody who was about to end: who is open when it begins has some 0.3 s. Unless the
    /// machine stood still for about as long; then each has at least found somebody.</summary>
    public void ShouldHaveCutNobody()
    {
        if (Stall > TimeSpan.FromMilliseconds(200))
            ShouldHaveFoundNoClosedDoor();
        else
            ShouldHaveNoFailure();
    }

    /// <summary>Each found somebody. Those that are open when the address moves are lost, as the new node knows nothing of them; of how
    /// many that is so depends on the moment, and on how long the machine takes for each.</summary>
    public void ShouldHaveFoundNoClosedDoor() => Assert.True(Failed.All(static attempt => attempt.Connected), ToString());

    /// <summary>But for as long as the machine stood still anyway: some five programs have to do something, one after the other, for an
    /// address to move.</summary>
    public void ShouldHaveNoLongerGapThan(TimeSpan limit) => Assert.True(Gap < limit + 5 * Stall, ToString());

    public override string ToString()
    {
        var failures = Failed.GroupBy(static attempt => attempt.Failure).Select(static group => $"{group.Count()} {group.Key}");
        return $"{Attempts.Count} connections, {Failed.Count} failed, {Failed.Count(static attempt => !attempt.Connected)} of them at the door ({string.Join(", ", failures.DefaultIfEmpty("none"))}), "
            + $"{Attempts.Count(static attempt => attempt.Failure is null && !attempt.IsPrompt)} late, longest gap {Gap.TotalMilliseconds:F0} ms, stall {Stall.TotalMilliseconds:F0} ms";
    }
}
