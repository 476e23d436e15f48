using System.Net;
using System.Net.Sockets;
using EdgeActors.Settings;
using EdgeActors.Transport;
using EdgeActors.Transport.Epoll;
using EdgeActors.Transport.Sockets;

namespace EdgeActors.Tests.Transport;

/// <summary>What the kernel makes of a group of listening sockets and sinks.</summary>
public sealed class SynSinkSpecs
{
    /// <summary>A dropped SYN comes again after a second.</summary>
    private static readonly TimeSpan s_again = TimeSpan.FromMilliseconds(900);

    private static readonly IPAddress s_refused = IPAddress.Parse("127.0.0.3");

    private static SynProgram Drop(int sockets) => SynProgram.Drop(
        [new Cidr(AddressKey.From(s_refused), AddressKey.IPv6Bits), new Cidr(AddressKey.From(IPAddress.IPv6Loopback), AddressKey.IPv6Bits)], sockets);

    private static ITransport Create(int reactors, AcceptGate gate, TimeProvider time) => reactors == 0
        ? new SocketTransport(new SocketTransportOptions(), gate, time)
        : new EpollTransport(
            new EpollTransportOptions(reactors, Pin: false, PipeSize: 1 << 20, MaxPipes: 64, DeferAccept: false, TimeSpan.FromSeconds(30), 16), gate, time);

    private static async Task<bool> Connects(IPAddress source, IPEndPoint to, TimeSpan within)
    {
        using var client = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        client.Bind(new IPEndPoint(source, 0));
        using var late = new CancellationTokenSource(within);
        try
        {
            await client.ConnectAsync(to, late.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static async Task<bool> IsDropped(IPAddress source, IPEndPoint to) => !await Connects(source, to, s_again);

    private static async Task AssertConnects(IPAddress source, IPEndPoint to) =>
        Assert.True(await Connects(source, to, Eventually.Deadline), $"{source} got no answer");

    private static async Task AssertDrops(SynSink? sink, LinkHarness harness)
    {
        for (var i = 1; i <= 50; i++)
        {
            await AssertConnects(IPAddress.Parse($"127.0.1.{i}"), harness.Listener.EndPoint);
            await harness.NextLink();
        }
        Assert.Equal(0, sink!.TakeDrops());
        Assert.True(await IsDropped(s_refused, harness.Listener.EndPoint));
        Assert.InRange(sink.TakeDrops(), 1, 2);
    }

    [LinuxTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public async Task Only_refused_clients_get_no_answer(int reactors)
    {
        await using var harness = new LinkHarness((gate, time) => Create(reactors, gate, time));
        for (var round = 0; round < 2; round++)
        {
            using (var sink = SynSink.Open(harness.Listener, Drop))
                await AssertDrops(sink, harness);
            if (round == 0)
                SynSink.Detach(harness.Listener);
            // Without sinks, a program that is left does nothing.
            await AssertConnects(s_refused, harness.Listener.EndPoint);
            await harness.NextLink();
        }
    }

    [LinuxTheory]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(0, 2)]
    public async Task The_next_process_can_drop_clients_on_the_sockets_that_it_takes_over(int first, int second)
    {
        await using var before = new LinkHarness((gate, time) => Create(first, gate, time));
        var sink = SynSink.Open(before.Listener, Drop)!;
        await using var after = new LinkHarness((gate, time) => Create(second, gate, time), before: before.Listener);
        sink.Dispose();
        before.Listener.Dispose();
        using var next = SynSink.Open(after.Listener, Drop);
        await AssertDrops(next, after);
    }

    /// <summary>The sockets close one by one, and each gives its number to the last of the group.</summary>
    [LinuxFact]
    public async Task Sinks_drop_all_clients_until_the_last_listening_socket_has_closed_and_after_it()
    {
        await using var harness = new LinkHarness((gate, time) => Create(4, gate, time));
        var address = harness.Listener.EndPoint;
        var copies = harness.Listener.Duplicate();
        harness.Listener.Dispose();
        using var sink = SynSink.IgnoreAll([.. copies.Select(static copy => SharedSockets.Duplicate(copy))]);
        foreach (var copy in copies)
        {
            for (var i = 0; i < 2; i++)
                Assert.True(await IsDropped(IPAddress.Parse("127.0.0.4"), address));
            SharedSockets.Release(copy);
        }
        // A refusal would throw.
        Assert.True(await IsDropped(IPAddress.Parse("127.0.0.4"), address));
    }

    [LinuxFact]
    public async Task A_dual_mode_address_drops_both_families()
    {
        await using var transport = Create(2, new AcceptGate(100), TimeProvider.System);
        await using var harness = new LinkHarness((gate, time) => Create(1, gate, time));
        using var listener = transport.Listen(new ListenOptions(new IPEndPoint(IPAddress.IPv6Any, 0), DualMode: true), harness);
        var port = listener.EndPoint.Port;
        var (v4, v6) = (new IPEndPoint(IPAddress.Loopback, port), new IPEndPoint(IPAddress.IPv6Loopback, port));
        using (var sink = SynSink.Open(listener, Drop)!)
        {
            Assert.True(await IsDropped(s_refused, v4));
            Assert.True(await IsDropped(IPAddress.IPv6Loopback, v6));
            Assert.InRange(sink.TakeDrops(), 2, 4);
            Assert.Equal(0, sink.TakeDrops());
            for (var i = 1; i < 20; i++)
                await AssertConnects(IPAddress.Parse($"127.0.1.{i}"), v4);
            Assert.True(sink.Load(static sockets => SynProgram.Drop([], sockets)));
            for (var i = 0; i < 20; i++)
                await AssertConnects(IPAddress.IPv6Loopback, v6);
        }
    }

    [LinuxFact]
    public async Task A_thousand_additions_and_removals_under_load_delay_no_other_client()
    {
        await using var harness = new LinkHarness((gate, time) => Create(2, gate, time), maxConnections: int.MaxValue);
        using var ending = new CancellationTokenSource();
        var served = 0;
        var dropped = 0L;
        async Task Accept()
        {
            while (true)
                (await harness.NextLink()).Close(CloseReason.Killed, CloseMode.Close);
        }
        _ = Accept();
        async Task Load(int number)
        {
            await Task.Yield();
            for (var i = 0; !ending.IsCancellationRequested; i++)
            {
                // Not faster than it is accepted: a full queue drops SYNs, too.
                using var client = LinkHarness.NewClient();
                client.Bind(new IPEndPoint(IPAddress.Parse($"127.0.{number}.{1 + i % 250}"), 0));
                await Eventually.Within(client.ConnectAsync(harness.Listener.EndPoint));
                Assert.Equal(0, await Eventually.Within(client.ReceiveAsync(new byte[1])));
                Interlocked.Increment(ref served);
            }
        }
        Task[] clients = [.. Enumerable.Range(1, 4).Select(Load)];
        SynSink? sink = null;
        for (var i = 0; i < 1000 && !clients.Any(static client => client.IsCompleted); i++)
        {
            var networks = Enumerable.Range(i, 1 + i % 200).Select(static n => new Cidr(new AddressKey(0, 0xffff_7f01_0000ul + (uint)n), AddressKey.IPv6Bits));
            if (sink is null)
                sink = SynSink.Open(harness.Listener, sockets => SynProgram.Drop(networks, sockets));
            else
                Assert.True(sink.Load(sockets => SynProgram.Drop(networks, sockets)));
            dropped += sink!.TakeDrops();
            if (i % 10 == 9)
            {
                sink!.Dispose();
                sink = null;
                SynSink.Detach(harness.Listener);
            }
            var enough = served + 2;
            await Eventually.True(() => Volatile.Read(ref served) >= enough || clients.Any(static client => client.IsCompleted), "clients are served");
        }
        await ending.CancelAsync();
        Assert.Equal(0, dropped);
        await Task.WhenAll(clients);
    }
}
