using System.Diagnostics;
using EdgeLoad.Measure;
using EdgeLoad.Sockets;

namespace EdgeLoad.Load;

/// <summary>Round trips of one byte on connections that stay open. Measured from when all of them have made their first.</summary>
internal sealed class PingLoad : LoadRun
{
    private readonly Latencies _latencies;
    private readonly List<PingClient> _clients = [];
    private readonly byte[] _scratch = new byte[16];
    private int _toSend;
    private int _answered;

    private PingLoad(Target target, int trips) : base(target, Operation.Echo, 0) => _latencies = new Latencies(trips);

    public static Result Run(Target target, int trips, int connections)
    {
        using var load = new PingLoad(target, trips);
        load.Start(connections, connections);
        load.WaitUntil(() => load._answered + load.Failed >= connections);
        load._answered = 0;
        load._toSend = trips;
        var meter = new CostMeter(target.Processes);
        foreach (var client in load._clients.ToArray())
            client.Ping();
        load.WaitUntil(() => load._answered == trips || load.Failed > 0);
        var cost = meter.Stop();
        foreach (var client in load._clients.ToArray())
            client.Finish();
        return new Result("ping", load.Failed)
            .Add("trips", load._answered)
            .Add("connections", connections)
            .Add("p50_us", load._latencies.Quantile(0.5))
            .Add("p99_us", load._latencies.Quantile(0.99))
            .Add("cpu_us/trip", cost.Cpu * 1e6 / load._answered)
            .Add("machine_us/trip", cost.Machine * 1e6 / load._answered)
            .Add("trips/s", load._answered / cost.Elapsed);
    }

    protected override Client NewClient()
    {
        var client = new PingClient(this);
        _clients.Add(client);
        return client;
    }

    private sealed class PingClient(PingLoad load) : Client(load)
    {
        private long _sentAt;

        public void Ping()
        {
            if (load._toSend == 0)
                return;
            load._toSend--;
            _sentAt = Stopwatch.GetTimestamp();
            if (Tcp.Send(Fd, "x"u8) != 1)
                Finish(good: false);
        }

        public void Finish(bool good = true)
        {
            load._clients.Remove(this);
            End(good);
        }

        // The first trip opens the way and is not measured.
        protected override void FlightSent() => _ = Tcp.Send(Fd, "x"u8);

        protected override void GoOn()
        {
            while (true)
            {
                var got = Tcp.Receive(Fd, load._scratch);
                if (got == Tcp.WouldBlock)
                    return;
                if (got <= 0)
                {
                    Finish(good: false);
                    return;
                }
                load._answered++;
                if (_sentAt == 0)
                    continue;
                load._latencies.AddSince(_sentAt);
                Ping();
            }
        }
    }
}
