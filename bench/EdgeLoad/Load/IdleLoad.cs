using EdgeLoad.Measure;
using EdgeLoad.Sockets;

namespace EdgeLoad.Load;

/// <summary>Connections that have moved one byte and are then held. What each costs the proxy in resident memory.</summary>
internal sealed class IdleLoad : LoadRun
{
    private const int AtOnce = 64;

    private readonly List<IdleClient> _clients = [];
    private readonly byte[] _scratch = new byte[16];
    private readonly int _connections;
    private int _opened;
    private int _answered;

    private IdleLoad(Target target, int connections) : base(target, Operation.Echo, 0) => _connections = connections;

    public static Result Run(Target target, int connections, TimeSpan hold)
    {
        using var load = new IdleLoad(target, connections);
        var before = Proc.ResidentKilobytes(target.Processes);
        load.OpenMore(AtOnce);
        load.WaitUntil(() => load._answered + load.Failed >= connections);
        var busy = new CostMeter(target.Processes);
        Thread.Sleep(hold);
        var cost = busy.Stop();
        var after = Proc.ResidentKilobytes(target.Processes);
        var held = load._clients.Count;
        foreach (var client in load._clients.ToArray())
            client.Finish(good: true);
        return new Result("idle", load.Failed)
            .Add("connections", held)
            .Add("kB/connection", (after - before) / held)
            .Add("kB_before", before)
            .Add("kB_after", after)
            .Add("cpu_share_while_idle", cost.Cpu / cost.Elapsed);
    }

    protected override Client NewClient()
    {
        var client = new IdleClient(this);
        _clients.Add(client);
        return client;
    }

    private void OpenMore(int count)
    {
        var more = Math.Min(count, _connections - _opened);
        _opened += more;
        Start(more, more);
    }

    private void Answered()
    {
        _answered++;
        OpenMore(1);
    }

    private sealed class IdleClient(IdleLoad load) : Client(load)
    {
        public void Finish(bool good)
        {
            load._clients.Remove(this);
            End(good);
        }

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
                    load.OpenMore(1);
                    return;
                }
                load.Answered();
            }
        }
    }
}
