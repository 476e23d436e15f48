using System.Net.Sockets;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Transport;

/// <summary>Bounds and ends: the gate, silent drops on hold, closing half-way.</summary>
public abstract partial class TransportContract
{
    [Fact]
    public async Task A_full_gate_leaves_peers_in_the_backlog_and_goes_on_when_a_slot_is_free()
    {
        await using var harness = NewHarness(maxConnections: 2);
        using var first = await harness.Dial();
        using var second = await harness.Dial();
        var link = await harness.NextLink();
        await harness.NextLink();
        using var third = await harness.Dial();
        await Eventually.True(() => harness.Gate.Pauses == 1, "accepting paused");
        Assert.False(harness.HasAccepted);
        Assert.Equal(2, harness.Gate.InUse);
        link.Close(CloseReason.Killed, CloseMode.Close);
        Assert.Equal(third.LocalEndPoint, (await harness.NextLink()).Client);
    }

    [Fact]
    public async Task A_silently_dropped_client_hears_nothing_while_it_is_held_and_is_let_go_then()
    {
        await using var harness = NewHarness(hold: TimeSpan.FromSeconds(3));
        using var client = await harness.Dial();
        var link = await harness.NextLink();
        link.Close(CloseReason.Killed, CloseMode.SilentDrop);
        Assert.Equal("ended: Killed", await harness.NextEvent());
        Assert.Equal(0, harness.Gate.InUse);
        await client.SendAsync(new byte[100]);
        Assert.False(client.Poll(300_000, SelectMode.SelectRead), "neither FIN nor RST");
        Assert.Equal(1, harness.Transport.OpenLinks);
        Assert.Equal(1, harness.Transport.SilentHeld);
        await harness.NothingOpen();
        Assert.Equal(0, harness.Transport.SilentHeld);
        Assert.Equal(0, harness.Transport.SilentEvicted);
    }

    [Fact]
    public async Task The_oldest_silent_drop_makes_room_for_the_newest()
    {
        await using var harness = NewHarness(hold: TimeSpan.FromMinutes(5), maxHeld: 2);
        var clients = new List<Socket>();
        for (var i = 0; i < 3; i++)
        {
            clients.Add(await harness.Dial());
            (await harness.NextLink()).Close(CloseReason.Killed, CloseMode.SilentDrop);
        }
        await Eventually.True(() => harness.Transport.OpenLinks == 2, "two held");
        Assert.Equal(2, harness.Transport.SilentHeld);
        Assert.Equal(1, harness.Transport.SilentEvicted);
        await LinkHarness.SendInVain(clients[0]);
        Assert.True(clients[0].Poll(5_000_000, SelectMode.SelectRead), "the first was let go, and whatever it sends is reset");
        foreach (var held in clients[1..])
        {
            await held.SendAsync(new byte[1]);
            Assert.False(held.Poll(50_000, SelectMode.SelectRead), "the others are held");
        }
        clients.ForEach(client => client.Dispose());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Of_silent_drops_as_many_are_held_as_are_allowed(int max)
    {
        await using var harness = NewHarness(hold: TimeSpan.FromMinutes(5), maxHeld: max);
        using var first = await harness.Dial();
        (await harness.NextLink()).Close(CloseReason.Killed, CloseMode.SilentDrop);
        await Eventually.True(() => harness.Transport.OpenLinks == max, $"{max} held");
        using var second = await harness.Dial();
        (await harness.NextLink()).Close(CloseReason.Killed, CloseMode.SilentDrop);
        await Eventually.True(() => harness.Transport.OpenLinks == max && harness.Transport.SilentHeld == max, $"{max} held");
        Assert.Equal(max, harness.Transport.SilentEvicted);
    }

    [Fact]
    public async Task Closing_while_dialling_leaves_nothing_open()
    {
        await using var harness = NewHarness();
        for (var i = 0; i < 50; i++)
        {
            using var client = await harness.Dial();
            await client.SendAsync(new byte[] { 7 });
            var link = await harness.NextLink();
            await harness.Receive(link);
            link.Connect(harness.Plan(), []);
            link.Close(CloseReason.Killed, CloseMode.Close);
            // It may have been quicker than the order to close.
            string told;
            while ((told = await harness.NextEvent()) == "joined")
            {
            }
            Assert.Equal("ended: Killed", told);
        }
        await harness.NothingOpen();
        // Where the dial had begun, the server sees a connection; it must see its end as well.
        while (harness.ServerHasClient)
        {
            using var server = await harness.AcceptAtServer();
            try
            {
                while (await LinkHarness.ReadOnce(server) > 0)
                {
                }
            }
            catch (SocketException)
            {
                // A reset is an end, too.
            }
        }
    }
}
