using System.Diagnostics;
using System.Net;
using EdgeLoad.Measure;
using EdgeLoad.Sockets;

namespace EdgeLoad.Load;

/// <summary>Connections at a fixed rate from many source addresses: a flood, or the good clients beside one. None waits for another.</summary>
internal sealed class PacedLoad : IDisposable
{
    /// <summary>Below the limit of open files, should this process be late.</summary>
    private const int MaxOpen = 15_000;

    private const double MaxBacklogSeconds = 0.01;

    private readonly Poller _poller = new();
    private readonly Queue<PacedClient> _waiting = new();
    private readonly byte[] _flight;
    private readonly byte[] _buffer = new byte[16];
    private readonly Latencies _latencies;
    private int _connected, _answered, _resets, _ends, _failed;

    private PacedLoad(Target target, int count)
    {
        _flight = Wire.FirstFlight(target.ServerName, Operation.Answer, 0);
        _latencies = new Latencies(count);
    }

    /// <param name="from">The first source address; the others follow it.</param>
    /// <param name="patience">A client without an answer gives up after this time.</param>
    public static Result Run(Target target, IPAddress from, int addresses, int rate, int seconds, TimeSpan patience)
    {
        using var load = new PacedLoad(target, rate * seconds);
        var meter = new CostMeter(target.Processes);
        load.RunAll(target, Tcp.Number(from), addresses, rate, rate * seconds, patience);
        var cost = meter.Stop();
        return new Result("paced", load._failed)
            .Add("connections", rate * seconds)
            .Add("connected", load._connected)
            .Add("answered", load._answered)
            .Add("resets", load._resets)
            .Add("fins", load._ends)
            .Add("p50_us", load._latencies.Quantile(0.5))
            .Add("p99_us", load._latencies.Quantile(0.99))
            .Add("cpu_s", cost.Cpu)
            .Add("seconds", cost.Elapsed);
    }

    public void Dispose() => _poller.Dispose();

    private void RunAll(Target target, uint first, int addresses, int rate, int count, TimeSpan patience)
    {
        var since = Stopwatch.GetTimestamp();
        for (var started = 0; started < count || (_waiting.Count > 0 && rate < 1000);)
        {
            var late = Stopwatch.GetElapsedTime(since).TotalSeconds - ((double)started / rate);
            // No burst after a pause of this program, because clients elsewhere do not wait for it. The run takes longer instead.
            if (late > MaxBacklogSeconds)
                since += (long)((late - MaxBacklogSeconds) * Stopwatch.Frequency);
            var due = Math.Min(count, (int)(Stopwatch.GetElapsedTime(since).TotalSeconds * rate) + 1);
            for (; started < due; started++)
            {
                if (_waiting.Count >= MaxOpen)
                    GiveUp(_waiting.Dequeue());
                var fd = Tcp.Connect(target.Proxy, first + (uint)(started % addresses));
                if (fd == Tcp.Broken)
                {
                    _failed++;
                    continue;
                }
                // This program is compiled in the first second.
                var client = new PacedClient(this, isTimed: started >= rate);
                _poller.Add(fd, client);
                _waiting.Enqueue(client);
            }
            while (_waiting.TryPeek(out var oldest) && (oldest.IsOver || Stopwatch.GetElapsedTime(oldest.Since) > patience))
                GiveUp(_waiting.Dequeue());
            _poller.Wait(1);
        }
    }

    private void GiveUp(PacedClient client)
    {
        if (!client.IsOver)
            _poller.Close(client);
    }

    private sealed class PacedClient(PacedLoad load, bool isTimed) : Watched
    {
        private bool _sent;

        public long Since { get; } = Stopwatch.GetTimestamp();

        public bool IsOver { get; private set; }

        public override void Ready()
        {
            if (IsOver)
                return;
            if (!_sent)
            {
                var sent = Tcp.Send(Fd, load._flight);
                if (sent == Tcp.WouldBlock)
                    return;
                if (sent < 0)
                {
                    load._resets++;
                    End();
                    return;
                }
                _sent = true;
                load._connected++;
            }
            switch (Tcp.Receive(Fd, load._buffer))
            {
                case Tcp.WouldBlock:
                    return;
                case Tcp.Broken:
                    load._resets++;
                    break;
                case 0:
                    load._ends++;
                    break;
                default:
                    load._answered++;
                    if (isTimed)
                        load._latencies.AddSince(Since);
                    break;
            }
            End();
        }

        private void End()
        {
            IsOver = true;
            load._poller.Close(this);
        }
    }
}
