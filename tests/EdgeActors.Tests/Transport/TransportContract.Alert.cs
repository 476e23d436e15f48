using System.Net.Sockets;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Transport;

/// <summary>Ends that say something: the alert, and a FIN that is none of a reset.</summary>
public abstract partial class TransportContract
{
    private static readonly byte[] UnrecognizedName = [21, 3, 3, 0, 2, 2, 112];

    [Fact]
    public async Task An_alert_is_a_record_of_seven_bytes_and_a_fin()
    {
        await using var harness = NewHarness();
        using var client = await harness.Dial();
        await client.SendAsync(new byte[100]);
        var link = await harness.NextLink();
        await harness.Receive(link);
        link.Close(CloseReason.Killed, CloseMode.Alert);
        Assert.Equal("ended: Killed", await harness.NextEvent());
        Assert.Equal(UnrecognizedName, await LinkHarness.ReadExactly(client, 7));
        Assert.Equal(0, await LinkHarness.ReadOnce(client));
        Assert.Equal(0, harness.Gate.InUse);
        await harness.NothingOpen();
    }

    /// <summary>Bytes that nobody has read make close(2) send a reset, with which a client may lose what it has not read yet.</summary>
    [Theory]
    [InlineData(CloseMode.Alert)]
    [InlineData(CloseMode.Close)]
    public async Task Unread_bytes_do_not_make_a_reset_of_it(CloseMode mode)
    {
        await using var harness = NewHarness();
        using var client = await harness.Dial();
        await client.SendAsync(new byte[20_000]);
        var link = await harness.NextLink();
        await harness.Receive(link, 64);
        link.Close(CloseReason.Killed, mode);
        if (mode == CloseMode.Alert)
            Assert.Equal(UnrecognizedName, await LinkHarness.ReadExactly(client, 7));
        Assert.Equal(0, await LinkHarness.ReadOnce(client));
        await harness.NothingOpen();
        NotReset(client);
    }

    [Fact]
    public async Task A_client_that_goes_on_sending_past_an_alert_is_not_reset_for_it()
    {
        await using var harness = NewHarness();
        using var client = await harness.Dial();
        var link = await harness.NextLink();
        link.Close(CloseReason.Killed, CloseMode.Alert);
        // The FIN is here, so what is sent now comes too late.
        Assert.True(client.Poll(5_000_000, SelectMode.SelectRead));
        Assert.Equal(1, harness.Transport.OpenLinks);
        for (var i = 0; i < 3; i++)
            await client.SendAsync(new byte[1000]);
        Assert.Equal(UnrecognizedName, await LinkHarness.ReadExactly(client, 7));
        Assert.Equal(0, await LinkHarness.ReadOnce(client));
        await harness.NothingOpen();
        NotReset(client);
    }

    /// <summary>SO_ERROR: a reset that comes behind a FIN leaves EPIPE there.</summary>
    private static void NotReset(Socket client) =>
        Assert.Equal(0, client.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error));

    [Fact]
    public async Task An_alert_for_a_client_that_has_gone_leaves_nothing_open()
    {
        await using var harness = NewHarness();
        var client = await harness.Dial();
        var link = await harness.NextLink();
        link.Receive(1000, harness);
        LinkHarness.Reset(client);
        Assert.Equal(ReceiveStatus.Broken, await harness.NextReceived());
        link.Close(CloseReason.Killed, CloseMode.Alert);
        Assert.Equal("ended: Killed", await harness.NextEvent());
        await harness.NothingOpen();
    }

    [Fact]
    public async Task The_oldest_of_the_alerted_makes_room_for_the_newest()
    {
        await using var harness = NewHarness(maxHeld: 2);
        var clients = new List<Socket>();
        for (var i = 0; i < 3; i++)
        {
            clients.Add(await harness.Dial());
            (await harness.NextLink()).Close(CloseReason.Killed, CloseMode.Alert);
            Assert.Equal("ended: Killed", await harness.NextEvent());
            Assert.InRange(harness.Transport.OpenLinks, 0, 2);
        }
        foreach (var client in clients)
            Assert.Equal(UnrecognizedName, await LinkHarness.ReadExactly(client, 7));
        clients.ForEach(static client => client.Dispose());
        await harness.NothingOpen();
    }

    [Fact]
    public async Task An_alert_is_not_put_into_the_stream_of_a_joined_link()
    {
        await using var harness = NewHarness();
        var (client, server, link) = await harness.Joined();
        link.Close(CloseReason.Killed, CloseMode.Alert);
        Assert.Equal(0, await LinkHarness.ReadOnce(client));
        client.Dispose();
        server.Dispose();
        await harness.NothingOpen();
    }
}
