using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Transport;

/// <summary>A listening socket that leaves new clients unanswered for a while.</summary>
public abstract partial class TransportContract
{
    /// <summary>An unanswered SYN comes again after a second (RFC 6298, section 2.1), give or take the kernel's timer.</summary>
    private static readonly TimeSpan s_again = TimeSpan.FromMilliseconds(900);

    [LinuxFact]
    public async Task Who_is_left_unanswered_is_let_in_when_it_asks_again()
    {
        await using var harness = NewHarness();
        using var early = await harness.Dial();
        var sink = SynSink.Open(harness.Listener, SynProgram.DropAll)!;

        var since = Stopwatch.GetTimestamp();
        var dialling = harness.Dial();
        // One that was there before goes on meanwhile.
        var first = await harness.NextLink();
        Assert.Equal(early.LocalEndPoint, first.Client);
        await early.SendAsync(new byte[] { 1 });
        Assert.Equal(ReceiveStatus.Data, await harness.Receive(first));
        Assert.False(harness.HasAccepted);

        sink.Dispose();
        SynSink.Detach(harness.Listener);
        using var late = await dialling;
        Assert.True(Stopwatch.GetElapsedTime(since) >= s_again, "it was answered");
        Assert.Equal(late.LocalEndPoint, (await harness.NextLink()).Client);
        // And who comes now is let in at once.
        since = Stopwatch.GetTimestamp();
        using var prompt = await harness.Dial();
        Assert.True(Stopwatch.GetElapsedTime(since) < s_again, "it was not answered");
    }

    [LinuxFact]
    public async Task Only_the_addresses_of_the_program_are_left_unanswered()
    {
        await using var harness = NewHarness();
        var others = Enumerable.Range(0, 1900).Select(static i => new Cidr(new AddressKey(0, 0xffff_c000_0200ul + (uint)i), AddressKey.IPv6Bits));
        Assert.True(Cidr.TryParse("127.0.0.3", out var one, out _));
        Assert.True(Cidr.TryParse("127.0.4.0/24", out var network, out _));
        using var sink = SynSink.Open(harness.Listener, sockets => SynProgram.Drop([.. others, one, network], sockets))!;
        using var first = DialFrom("127.0.0.3", harness.Listener.EndPoint);
        using var second = DialFrom("127.0.4.9", harness.Listener.EndPoint);
        using var good = DialFrom("127.0.0.4", harness.Listener.EndPoint);
        Assert.Equal(good.LocalEndPoint, (await harness.NextLink()).Client);
        using var near = DialFrom("127.0.5.0", harness.Listener.EndPoint);
        Assert.Equal(near.LocalEndPoint, (await harness.NextLink()).Client);
        Assert.False(harness.HasAccepted);
        Assert.True(sink.TakeDrops() >= 2);

        // Their SYNs come again.
        Assert.True(sink.Load(static sockets => SynProgram.Drop([], sockets)));
        var late = new HashSet<EndPoint> { (await harness.NextLink()).Client, (await harness.NextLink()).Client };
        Assert.Equal([first.LocalEndPoint!, second.LocalEndPoint!], late);
    }

    /// <summary>Begins to connect.</summary>
    private static Socket DialFrom(string source, EndPoint to)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
        socket.Bind(new IPEndPoint(IPAddress.Parse(source), 0));
        try
        {
            socket.Connect(to);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            // The handshake goes on.
        }
        return socket;
    }
}
