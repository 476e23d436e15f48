using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using EdgeActors.Tests.Protocol;

namespace EdgeHost.Tests.Hostile;

/// <summary>New connections at a steady pace, each with an exchange that has to succeed. Threads of their own, so that what an attack does
/// to this process's thread pool is not measured.</summary>
internal sealed class GoodClients
{
    private const int Threads = 4;

    /// <summary>Of one connection.</summary>
    private const int TimeoutMilliseconds = 10_000;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);
    private static readonly byte[] s_hello = HelloBytes.ForName(UnderAttack.Good);
    private static int s_last;

    private readonly ConcurrentQueue<double> _times = new();
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly IPEndPoint _to;
    private readonly Action<Socket> _exchange;

    private GoodClients(IPEndPoint to, Action<Socket> exchange) => (_to, _exchange) = (to, exchange);

    public IEnumerable<string> Failures => _failures;

    public int Served => _times.Count;

    /// <summary>In milliseconds.</summary>
    public double P50 => Percentile(50);

    public double P99 => Percentile(99);

    /// <summary>A hello, which the server sends back.</summary>
    public static GoodClients Hellos(IPEndPoint listener) => new(listener, static socket =>
    {
        socket.Send(s_hello);
        var echo = new byte[s_hello.Length];
        for (var got = 0; got < echo.Length;)
            got += Receive(socket, echo.AsSpan(got));
    });

    /// <summary>GET /ready, answered with 200.</summary>
    public static GoodClients Readiness(IPEndPoint admin) => new(admin, static socket =>
    {
        socket.Send("GET /ready HTTP/1.1\r\nHost: x\r\n\r\n"u8);
        var answer = new byte[4096];
        if (!answer.AsSpan(0, Receive(socket, answer)).StartsWith("HTTP/1.1 200"u8))
            throw new SocketException((int)SocketError.ProtocolType);
    });

    /// <summary>Runs all of them for this time.</summary>
    public static async Task Run(TimeSpan time, params IReadOnlyList<GoodClients> all)
    {
        var since = Stopwatch.GetTimestamp();
        await Task.WhenAll(
            [.. Enumerable.Range(0, Threads).SelectMany(i => all.Select(clients => Start(() => clients.Connect(i, since, time))))]);
    }

    public static Task Start(Action action) =>
        Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static int Receive(Socket socket, Span<byte> to) =>
        socket.Receive(to) is var got and > 0 ? got : throw new SocketException((int)SocketError.Disconnecting);

    private double Percentile(int percent)
    {
        double[] sorted = [.. _times.Order()];
        return sorted.Length == 0 ? 0 : sorted[(sorted.Length - 1) * percent / 100];
    }

    private void Connect(int thread, long since, TimeSpan time)
    {
        for (var i = 0; Stopwatch.GetElapsedTime(since) < time; i++)
        {
            // The threads do not begin together.
            var wait = (i + thread / (double)Threads) * s_pause - Stopwatch.GetElapsedTime(since);
            if (wait > TimeSpan.Zero)
                Thread.Sleep(wait);
            var began = Stopwatch.GetTimestamp();
            try
            {
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
                {
                    NoDelay = true, SendTimeout = TimeoutMilliseconds, ReceiveTimeout = TimeoutMilliseconds,
                };
                var own = Interlocked.Increment(ref s_last);
                socket.Bind(new IPEndPoint(new IPAddress([127, 2, (byte)(own / 250), (byte)(1 + own % 250)]), 0));
                socket.Connect(_to);
                _exchange(socket);
                _times.Enqueue(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
            catch (SocketException e)
            {
                _failures.Enqueue($"{e.SocketErrorCode} after {Stopwatch.GetElapsedTime(began).TotalMilliseconds:F0} ms, to {_to}");
            }
        }
    }
}
