using EdgeLoad.Measure;
using EdgeLoad.Sockets;

namespace EdgeLoad.Load;

/// <summary>Whole connections: connect, hello, one byte of answer, close.</summary>
internal sealed class RateLoad : LoadRun
{
    private readonly Latencies _latencies;
    private readonly byte[] _answer = new byte[16];

    private RateLoad(Target target, int connections) : base(target, Operation.Answer, 0) => _latencies = new Latencies(connections);

    public static Result Run(Target target, int connections, int atOnce)
    {
        using var load = new RateLoad(target, connections);
        var cost = load.RunAll(connections, atOnce);
        return new Result("rate", load.Failed)
            .Add("connections", load.Good)
            .Add("cpu_us/connection", cost.Cpu * 1e6 / load.Good)
            .Add("machine_us/connection", cost.Machine * 1e6 / load.Good)
            .Add("connections/s", load.Good / cost.Elapsed)
            .Add("p50_us", load._latencies.Quantile(0.5))
            .Add("p99_us", load._latencies.Quantile(0.99));
    }

    protected override Client NewClient() => new RateClient(this);

    private sealed class RateClient(RateLoad load) : Client(load)
    {
        private int _received;

        protected override void GoOn()
        {
            while (true)
            {
                var got = Tcp.Receive(Fd, load._answer);
                if (got == Tcp.WouldBlock)
                    return;
                if (got > 0)
                {
                    _received += got;
                    continue;
                }
                var good = got == 0 && _received == 1;
                if (good)
                    load._latencies.AddSince(StartedAt);
                End(good);
                return;
            }
        }
    }
}
