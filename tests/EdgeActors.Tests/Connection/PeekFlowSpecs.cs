using Akka;
using Akka.Actor;
using Akka.Streams;
using EdgeActors.Connection;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Connection;

/// <summary>Real hellos through the flow itself, cut in every way, and everything that is not a hello.</summary>
public sealed class PeekFlowSpecs : EdgeTestKit
{
    private const int MaxHello = 16 * 1024;
    private static readonly TimeSpan Soon = Eventually.Deadline;

    public static TheoryData<string> Hellos() =>
        [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Protocol", "Hellos"), "*.bin").Select(file => Path.GetFileName(file))];

    private (IPeekQueue Queue, Task<Done> Ended) Run(
        TimeSpan? timeout = null, int maxPeeks = 100, TimeProvider? time = null, AcceptGate? gate = null) =>
        PeekFlow.Run(Sys.Materializer(), timeout ?? TimeSpan.FromMinutes(1), MaxHello, maxPeeks, time ?? TimeProvider.System, gate);

    private static byte[] Hello(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Protocol", "Hellos", name));

    private PeekResult ExpectResult() => ExpectMsg<PeekResult>(Soon);

    private FakeLink Offer(IPeekQueue queue, params byte[][] chunks)
    {
        var link = new FakeLink();
        foreach (var chunk in chunks)
            link.Send(chunk);
        Assert.True(queue.Offer(new PeekRequest(link, TestActor)));
        return link;
    }

    private void ExpectDemo(FakeLink link)
    {
        var result = ExpectResult();
        Assert.Same(link, result.Request.Link);
        Assert.Equal(CloseReason.None, result.Reason);
        Assert.Equal("demo.fiscalismia.com", result.Hello!.ServerName);
    }

    [Theory]
    [MemberData(nameof(Hellos))]
    public void A_whole_hello_is_read(string file) => ExpectDemo(Offer(Run().Queue, Hello(file)));

    [Theory]
    [MemberData(nameof(Hellos))]
    public void A_hello_is_read_byte_by_byte(string file) =>
        ExpectDemo(Offer(Run().Queue, [.. Hello(file).Select(b => new[] { b })]));

    [Theory]
    [MemberData(nameof(Hellos))]
    public void A_hello_is_read_cut_in_two_anywhere(string file)
    {
        var hello = Hello(file);
        var (queue, _) = Run();
        for (var cut = 1; cut < hello.Length; cut++)
            ExpectDemo(Offer(queue, hello[..cut], hello[cut..]));
    }

    [Fact]
    public void Bytes_that_come_late_continue_the_hello()
    {
        var hello = Hello("openssl30.bin");
        var link = Offer(Run().Queue, hello[..100]);
        AwaitCondition(() => link.IsReceiving, Soon);
        link.Send(hello[100..]);
        ExpectDemo(link);
    }

    [Fact]
    public void Slow_clients_do_not_hold_up_a_quick_one()
    {
        var (queue, _) = Run();
        for (var i = 0; i < 50; i++)
            Offer(queue, [0x16, 0x03]);
        ExpectDemo(Offer(queue, Hello("go119.bin")));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: demo.fiscalismia.com\r\n\r\n")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("\0\0\0\0")]
    public void What_is_not_tls_is_told_at_once(string text)
    {
        Offer(Run().Queue, System.Text.Encoding.Latin1.GetBytes(text));
        Assert.Equal(CloseReason.NotTls, ExpectResult().Reason);
    }

    [Fact]
    public void A_hello_over_the_limit_is_told_before_its_bytes_are_there()
    {
        // Handshake header: client_hello of 16 KiB + 1 (RFC 8446, section 4).
        Offer(Run().Queue, [0x16, 0x03, 0x01, 0x40, 0x00, 0x01, 0x00, 0x40, 0x01]);
        Assert.Equal(CloseReason.HelloTooLarge, ExpectResult().Reason);
    }

    [Fact]
    public void A_client_that_finishes_early_is_gone()
    {
        var link = Offer(Run().Queue, Hello("go119.bin")[..50]);
        link.Finish();
        Assert.Equal(CloseReason.ClientGone, ExpectResult().Reason);
    }

    [Fact]
    public void A_client_that_breaks_is_gone()
    {
        var link = Offer(Run().Queue);
        AwaitCondition(() => link.IsReceiving, Soon);
        link.Finish(ReceiveStatus.Broken);
        Assert.Equal(CloseReason.ClientGone, ExpectResult().Reason);
    }

    [Fact]
    public void A_hello_that_never_ends_is_told_at_the_deadline_and_not_twice()
    {
        var (queue, _) = Run(timeout: TimeSpan.FromMilliseconds(300));
        var links = Enumerable.Range(0, 3).Select(_ => Offer(queue, [0x16])).ToArray();
        foreach (var link in links)
        {
            var result = ExpectResult();
            Assert.Same(link, result.Request.Link);
            Assert.Equal(CloseReason.HelloTimeout, result.Reason);
        }
        links[0].Send(Hello("go119.bin"));
        ExpectDemo(Offer(queue, Hello("go119.bin")));
    }

    [Fact]
    public void A_closed_link_leaves_without_a_result()
    {
        var (queue, _) = Run();
        var link = Offer(queue, [0x16]);
        AwaitCondition(() => link.IsReceiving, Soon);
        link.Close(CloseReason.Killed, CloseMode.Close);
        ExpectDemo(Offer(queue, Hello("go119.bin")));
    }

    [Fact]
    public void Unfinished_hellos_are_bounded_and_a_freed_place_is_used()
    {
        // Time stands still: none is old enough to give way.
        var (queue, _) = Run(maxPeeks: 2, time: new ManualTime());
        var taken = new List<FakeLink>();
        var link = new FakeLink();
        while (queue.Offer(new PeekRequest(link, TestActor)))
        {
            taken.Add(link);
            Assert.True(taken.Count <= 1000, "there is no bound");
            link = new FakeLink();
        }
        AwaitCondition(() => taken.Count(l => l.IsReceiving) == 2, Soon);
        // The first two are in the stage; all others wait their turn.
        for (var i = 0; i < taken.Count; i++)
        {
            var current = taken[i];
            AwaitCondition(() => current.IsReceiving, Soon);
            current.Send(Hello("go119.bin"));
            ExpectDemo(current);
        }
        ExpectDemo(Offer(queue, Hello("go119.bin")));
    }

    [Fact]
    public void At_their_limit_the_oldest_hellos_give_way_at_50_ms()
    {
        var time = new ManualTime();
        var (queue, _) = Run(maxPeeks: 4, time: time);
        var silent = Enumerable.Range(0, 4).Select(_ => Offer(queue, [0x16])).ToArray();
        AwaitCondition(() => silent.All(static link => link.IsReceiving), Soon);
        time.Advance(TimeSpan.FromMilliseconds(49));
        ExpectNoMsg(TimeSpan.FromMilliseconds(100));
        time.Advance(TimeSpan.FromMilliseconds(10));
        var gone = ExpectResult();
        Assert.Same(silent[0], gone.Request.Link);
        Assert.Equal(CloseReason.PeeksFull, gone.Reason);
        // The others stay, and a new client is served.
        ExpectDemo(Offer(queue, Hello("go119.bin")));
        Assert.All(silent[1..], static link => Assert.True(link.IsReceiving));
    }

    /// <summary>Of 320 connections the last 20 are the reserve, and 10 of these are free: 275 ms, half of the way from 500 to 50 ms.</summary>
    [Fact]
    public void Near_the_limit_of_connections_the_age_depends_on_what_is_free()
    {
        var (time, gate) = (new ManualTime(), new AcceptGate(320));
        var (queue, _) = Run(time: time, gate: gate);
        Enter(300);
        var silent = Offer(queue, [0x16]);
        AwaitCondition(() => silent.IsReceiving, Soon);
        time.Advance(TimeSpan.FromMilliseconds(275));
        ExpectDemo(Offer(queue, Hello("go119.bin")));
        Enter(9);
        ExpectDemo(Offer(queue, Hello("go119.bin")));
        Enter(1);
        Offer(queue, Hello("go119.bin"));
        PeekResult[] results = [ExpectResult(), ExpectResult()];
        Assert.Equal([CloseReason.None, CloseReason.PeeksFull], results.Select(static result => result.Reason).Order());

        void Enter(int connections)
        {
            for (var i = 0; i < connections; i++)
                gate.Enter();
        }
    }

    [Fact]
    public async Task A_completed_queue_ends_the_flow_behind_the_last_hello()
    {
        var (queue, ended) = Run();
        var link = Offer(queue, Hello("go119.bin")[..100]);
        AwaitCondition(() => link.IsReceiving, Soon);
        queue.Complete();
        link.Send(Hello("go119.bin")[100..]);
        ExpectDemo(link);
        await Eventually.Within(ended);
        AwaitCondition(() => !queue.Offer(new PeekRequest(new FakeLink(), TestActor)), Soon);
    }

    [Fact]
    public void A_flow_that_is_torn_down_tells_everyone_in_it()
    {
        using var materializer = Sys.Materializer() as IDisposable;
        var own = ActorMaterializer.Create(Sys);
        var (queue, _) = PeekFlow.Run(own, TimeSpan.FromMinutes(1), MaxHello, 2, TimeProvider.System);
        for (var i = 0; i < 5; i++)
            Offer(queue, [0x16]);
        own.Shutdown();
        for (var i = 0; i < 5; i++)
            Assert.Equal(CloseReason.Internal, ExpectResult().Reason);
    }
}
