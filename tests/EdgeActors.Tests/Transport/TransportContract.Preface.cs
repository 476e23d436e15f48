using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Transport;

/// <summary>Headers ahead of the client's bytes: those that come in, and those that go out.</summary>
public abstract partial class TransportContract
{
    [Theory]
    [InlineData(Link.MaxPreface, 1)]
    [InlineData(Link.MaxPreface, 16384)]
    [InlineData(Link.MaxPreface + 1, 1)]
    [InlineData(5000, 16384)]
    public async Task The_longest_preface_and_a_hello_arrive_in_order(int length, int hello)
    {
        await using var harness = NewHarness();
        using var client = await harness.Dial();
        var link = await harness.NextLink();
        var preface = RandomNumberGenerator.GetBytes(length);
        var sent = RandomNumberGenerator.GetBytes(hello);
        await client.SendAsync(sent);
        while (link.Received.Length < hello)
            await harness.Receive(link, 20000);
        link.Connect(harness.Plan(), preface);
        using var server = await harness.AcceptAtServer();
        byte[] expected = [.. preface, .. sent];
        Assert.Equal(expected, await LinkHarness.ReadExactly(server, length + hello));
        Assert.Equal("joined", await harness.NextEvent());
        Assert.Equal(hello, link.Counters.BytesUp);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(4096)]
    public async Task An_announced_client_takes_the_place_of_the_peer_and_the_header_is_gone(int header)
    {
        await using var harness = NewHarness();
        using var client = await harness.Dial();
        var link = await harness.NextLink();
        var peer = link.Client;
        await client.SendAsync(new byte[header]);
        await client.SendAsync(new byte[] { 7, 8 });
        while (link.Received.Length < header + 2)
            await harness.Receive(link);
        link.Announce(null, null, 1);
        Assert.Equal(peer, link.Client);
        link.Announce(IPEndPoint.Parse("[::ffff:203.0.113.9]:1"), IPEndPoint.Parse("[2001:db8::1]:2"), header - 1);
        Assert.Equal(IPEndPoint.Parse("203.0.113.9:1"), link.Client);
        Assert.Equal(IPEndPoint.Parse("[2001:db8::1]:2"), link.Local);
        Assert.Equal([7, 8], link.Received.ToArray());

        await client.SendAsync(new byte[] { 9 });
        Assert.Equal(ReceiveStatus.Data, await harness.Receive(link));
        Assert.Equal([7, 8, 9], link.Received.ToArray());
        link.Connect(harness.Plan(), [1]);
        using var server = await harness.AcceptAtServer();
        Assert.Equal([1, 7, 8, 9], await LinkHarness.ReadExactly(server, 4));
        Assert.Equal("joined", await harness.NextEvent());
        Assert.Equal(3, link.Counters.BytesUp);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 28)]
    [InlineData(3, 0)]
    [InlineData(3, 28)]
    public async Task A_link_is_joined_while_a_receive_still_waits(int sent, int preface)
    {
        await using var harness = NewHarness();
        using var client = await harness.Dial();
        var link = await harness.NextLink();
        var first = RandomNumberGenerator.GetBytes(sent);
        if (sent > 0)
        {
            await client.SendAsync(first);
            Assert.Equal(ReceiveStatus.Data, await harness.Receive(link));
        }
        link.Receive(16384, harness);
        var header = RandomNumberGenerator.GetBytes(preface);
        link.Connect(harness.Plan(), header);
        using var server = await harness.AcceptAtServer();
        Assert.Equal("joined", await harness.NextEvent());

        // The server sends first. Then each byte of the client arrives once and in order.
        await server.SendAsync(new byte[] { 9 });
        Assert.Equal([9], await LinkHarness.ReadExactly(client, 1));
        await client.SendAsync(new byte[] { 5, 6 });
        client.Shutdown(SocketShutdown.Send);
        byte[] expected = [.. header, .. first, 5, 6];
        Assert.Equal(expected, await LinkHarness.ReadExactly(server, expected.Length));
        Assert.Equal(0, await LinkHarness.ReadOnce(server));
        server.Dispose();
        Assert.Equal("ended: Finished", await harness.NextEvent());
        Assert.Equal((sent + 2, 1), (link.Counters.BytesUp, link.Counters.BytesDown));
        await harness.NothingOpen();
    }

    [Fact]
    public async Task A_header_alone_leaves_nothing_and_the_limit_counts_anew()
    {
        await using var harness = NewHarness();
        using var client = await harness.Dial();
        var link = await harness.NextLink();
        await client.SendAsync(new byte[64]);
        while (await harness.Receive(link, 64) != ReceiveStatus.Full)
            Assert.True(link.Received.Length < 64);
        link.Announce(null, null, 64);
        Assert.Equal(0, link.Received.Length);
        await client.SendAsync(Enumerable.Repeat((byte)5, 64).ToArray());
        while (await harness.Receive(link, 64) != ReceiveStatus.Full)
            Assert.True(link.Received.Length < 64);
        Assert.Equal(Enumerable.Repeat((byte)5, 64), link.Received.ToArray());
    }
}
