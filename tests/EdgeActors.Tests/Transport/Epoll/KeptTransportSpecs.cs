using System.Net.Sockets;
using System.Runtime.InteropServices;
using EdgeActors.Settings;
using EdgeActors.Transport;
using EdgeActors.Transport.Epoll;

namespace EdgeActors.Tests.Transport.Epoll;

/// <summary>A keeper has duplicates of every joined link's descriptors; clients and servers must not see a difference.</summary>
public sealed class KeptTransportSpecs : TransportContract, IDisposable
{
    private readonly List<TestKeeper> _keepers = [];

    public void Dispose() => _keepers.ForEach(static keeper => keeper.Dispose());

    [LinuxFact]
    public async Task The_keeper_has_the_descriptors_until_the_link_ends()
    {
        await using var harness = new LinkHarness((gate, time) => Create(gate, time, TimeSpan.Zero, 0));
        var (client, server, link) = await harness.Joined();
        await Eventually.True(() => link.IsKept && _keepers[0].Count(KeeperItem.Connection) == 1, "it is kept");
        await client.SendAsync(new byte[] { 7 });
        Assert.Equal([7], await LinkHarness.ReadExactly(server, 1));
        Assert.Equal(1, _keepers[0].Count(KeeperItem.Pipe));
        LinkHarness.Reset(server);
        Assert.Equal("ended: ServerReset", await harness.NextEvent());
        await Assert.ThrowsAsync<SocketException>(() => LinkHarness.ReadOnce(client));
        await Eventually.True(() => _keepers[0].Count(KeeperItem.Connection) == 0, "the keeper has let go of it");
    }

    [LinuxFact]
    public async Task A_reset_does_not_wait_for_the_keeper()
    {
        await using var harness = new LinkHarness((gate, time) => Create(gate, time, TimeSpan.Zero, 0));
        var (client, server, link) = await harness.Joined();
        await Eventually.True(() => _keepers[0].Count(KeeperItem.Connection) == 1, "it is kept");
        _keepers[0].Stop();
        link.Close(CloseReason.Killed, CloseMode.Reset);
        await Assert.ThrowsAsync<SocketException>(() => LinkHarness.ReadOnce(client));
        await Assert.ThrowsAsync<SocketException>(() => LinkHarness.ReadOnce(server));
    }

    protected override ITransport Create(AcceptGate gate, TimeProvider time, TimeSpan hold, int maxHeld)
    {
        var keeper = new TestKeeper();
        _keepers.Add(keeper);
        return new EpollTransport(
            new EpollTransportOptions(Reactors: 1, Pin: false, PipeSize: 1 << 20, MaxPipes: 64, DeferAccept: false, hold, maxHeld)
            {
                Keeper = keeper.Channel,
                Buffers = Bounds,
            },
            gate,
            time);
    }

    /// <summary>Has what it is given, until it is told to delete it.</summary>
    private sealed class TestKeeper : IDisposable
    {
        private readonly Dictionary<(KeeperItem, long), int[]> _items = [];
        private readonly Socket _socket;
        private readonly Thread _thread;
        private volatile bool _stopping;

        public TestKeeper()
        {
            var (own, other) = SharedSockets.Pair();
            _socket = SharedSockets.ToSocket(own);
            Channel = new KeeperChannel(SharedSockets.ToSocket(other), new KeptSlots(), 0);
            _thread = new Thread(Run) { IsBackground = true };
            _thread.Start();
        }

        public KeeperChannel Channel { get; }

        public int Count(KeeperItem item)
        {
            lock (_items)
                return _items.Keys.Count(one => one.Item1 == item);
        }

        public void Stop()
        {
            _stopping = true;
            _thread.Join();
        }

        public void Dispose()
        {
            Stop();
            Channel.Dispose();
            _socket.Dispose();
            SharedSockets.Close([.. _items.Values.SelectMany(static fds => fds)]);
        }

        private void Run()
        {
            var (buffer, fds) = (new byte[4096], new int[SharedSockets.MaxDescriptors]);
            while (!_stopping)
            {
                if (!_socket.Poll(10_000, SelectMode.SelectRead))
                    continue;
                SharedSockets.Receive(_socket, buffer, TimeSpan.Zero, fds, out var count);
                var header = MemoryMarshal.Read<KeeperHeader>(buffer);
                lock (_items)
                {
                    if (_items.Remove((header.Item, header.Key), out var old))
                        SharedSockets.Close(old);
                    if (header.Op == KeeperOp.Put)
                        _items[(header.Item, header.Key)] = fds[..count];
                }
            }
        }
    }
}
