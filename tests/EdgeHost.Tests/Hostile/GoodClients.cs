using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using EdgeActors.Tests.Protocol;

namespace EdgeHost.Tests.Hostile;

/// <summary>New connections at a steady pace, each with a hello that has to come back: through Edge, and beside them to the server itself,
/// which tells how slow the machine is. Threads of their own, so that what an attack does to this process's thread pool is not
/// measured.</summary>
internal sealed class GoodClients
{
    private const int Threads = 4;

    /// <summary>Of one connection.</summary>
    private const int TimeoutMilliseconds = 10_000;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(40);
    private static readonly byte[] s_hello = HelloBytes.ForName(UnderAttack.Good);

    private readonly ConcurrentQueue<double> _served = new(), _direct = new();
    private readonly ConcurrentQueue<string> _failures = new();

    public IEnumerable<string> Failures => _failures;

    public int Served => _served.Count;

    /// <summary>In milliseconds.</summary>
    public double P50 => Percentile(_served, 50);

    public double P99 => Percentile(_served, 99);

    public double DirectP99 => Percentile(_direct, 99);

    /// <summary>Runs them for this time.</summary>
    public static async Task<GoodClients> Run(IPEndPoint edge, IPEndPoint server, TimeSpan time)
    {
        var clients = new GoodClients();
        var since = Stopwatch.GetTimestamp();
        var threads = Enumerable.Range(0, Threads)
            .Select(i => Start(() => clients.Connect(edge, clients._served, i, since, time)))
            .Append(Start(() => clients.Connect(server, clients._direct, Threads, since, time)));
        await Task.WhenAll([.. threads]);
        return clients;
    }

    public static Task Start(Action action) =>
        Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static double Percentile(IEnumerable<double> times, int percent)
    {
        double[] sorted = [.. times.Order()];
        return sorted.Length == 0 ? 0 : sorted[(sorted.Length - 1) * percent / 100];
    }

    private void Connect(IPEndPoint to, ConcurrentQueue<double> times, int thread, long since, TimeSpan time)
    {
        var echo = new byte[s_hello.Length];
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
                socket.Bind(new IPEndPoint(new IPAddress([127, 2, (byte)thread, (byte)(1 + i % 250)]), 0));
                socket.Connect(to);
                socket.Send(s_hello);
                for (var got = 0; got < echo.Length;)
                {
                    var more = socket.Receive(echo, got, echo.Length - got, SocketFlags.None);
                    if (more == 0)
                        throw new SocketException((int)SocketError.Disconnecting);
                    got += more;
                }
                times.Enqueue(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
            catch (SocketException e)
            {
                _failures.Enqueue($"{e.SocketErrorCode} after {Stopwatch.GetElapsedTime(began).TotalMilliseconds:F0} ms, to {to}");
            }
        }
    }
}
