using EdgeLoad.Measure;
using EdgeLoad.Sockets;

namespace EdgeLoad.Load;

/// <summary>Many bytes one way, over a few connections at once.</summary>
internal sealed class BulkLoad : LoadRun
{
    private const long Mebi = 1 << 20;

    private readonly byte[] _filling = GC.AllocateArray<byte>(Tcp.Chunk, pinned: true);
    private readonly bool _down;
    private readonly long _bytes;

    private BulkLoad(Target target, bool down, long bytes)
        : base(target, down ? Operation.Down : Operation.Up, bytes)
    {
        _down = down;
        _bytes = bytes;
    }

    /// <param name="mebibytes">Of each stream.</param>
    public static Result Run(Target target, bool down, int mebibytes, int streams)
    {
        using var load = new BulkLoad(target, down, mebibytes * Mebi);
        var cost = load.RunAll(streams, streams);
        var gigabytes = load.Good * (double)load._bytes / 1e9;
        return new Result(down ? "down" : "up", load.Failed)
            .Add("GB", gigabytes)
            .Add("cpu_s/GB", cost.Cpu / gigabytes)
            .Add("machine_s/GB", cost.Machine / gigabytes)
            .Add("GB/s", gigabytes / cost.Elapsed);
    }

    protected override Client NewClient() => _down ? new DownClient(this) : new UpClient(this);

    private sealed class DownClient(BulkLoad load) : Client(load)
    {
        private long _received;

        protected override void GoOn()
        {
            while (true)
            {
                var got = Tcp.Discard(Fd);
                if (got == Tcp.WouldBlock)
                    return;
                if (got <= 0)
                {
                    End(good: got == 0 && _received == load._bytes);
                    return;
                }
                _received += got;
            }
        }
    }

    private sealed class UpClient(BulkLoad load) : Client(load)
    {
        private long _left = load._bytes;
        private int _answers;

        protected override void GoOn()
        {
            while (_left > 0)
            {
                var sent = Tcp.Send(Fd, load._filling.AsSpan(0, (int)Math.Min(_left, load._filling.Length)));
                if (sent == Tcp.WouldBlock)
                    return;
                if (sent < 0)
                {
                    End(good: false);
                    return;
                }
                _left -= sent;
            }
            while (true)
            {
                var got = Tcp.Discard(Fd);
                if (got == Tcp.WouldBlock)
                    return;
                if (got <= 0)
                {
                    End(good: got == 0 && _answers == 1);
                    return;
                }
                _answers += got;
            }
        }
    }
}
