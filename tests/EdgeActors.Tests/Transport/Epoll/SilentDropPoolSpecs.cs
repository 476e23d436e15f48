using System.Net.Sockets;
using EdgeActors.Settings;
using EdgeActors.Transport;
using EdgeActors.Transport.Epoll;

namespace EdgeActors.Tests.Transport.Epoll;

/// <summary>How long silently dropped clients are held, and what they may send meanwhile.</summary>
public sealed class SilentDropPoolSpecs
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static LinkHarness NewHarness(int max = 8, TimeProvider? time = null) => new(
        (gate, clock) => new EpollTransport(
            new EpollTransportOptions(
                Reactors: 1, Pin: false, PipeSize: 1 << 16, MaxPipes: 0, DeferAccept: false, SilentHold: Hour, SilentHoldMax: max),
            gate,
            clock),
        time);

    private static async Task<Socket> Dropped(LinkHarness harness)
    {
        var client = await harness.Dial();
        (await harness.NextLink()).Close(CloseReason.Killed, CloseMode.SilentDrop);
        Assert.Equal("ended: Killed", await harness.NextEvent());
        return client;
    }

    [LinuxFact]
    public async Task A_client_that_resets_is_let_go_at_once()
    {
        await using var harness = NewHarness();
        LinkHarness.Reset(await Dropped(harness));
        await harness.NothingOpen();
        Assert.Equal(0, harness.Transport.SilentEvicted);
    }

    [LinuxFact]
    public async Task A_client_that_ends_its_side_is_let_go_soon_and_one_that_waits_is_not()
    {
        var time = new ManualTime();
        await using var harness = NewHarness(time: time);
        using var waits = await Dropped(harness);
        using var ends = await Dropped(harness);
        ends.Shutdown(SocketShutdown.Send);
        await Eventually.True(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return harness.Transport.SilentHeld == 1;
            },
            "one is let go");
        Assert.Null(AtEdge(harness, ends));
        Assert.NotNull(AtEdge(harness, waits));
    }

    [LinuxFact]
    public async Task A_client_that_has_ended_its_side_makes_room_before_an_older_one_that_waits()
    {
        await using var harness = NewHarness(max: 2);
        using var waits = await Dropped(harness);
        using var ends = await Dropped(harness);
        ends.Shutdown(SocketShutdown.Send);
        using var comes = await Dropped(harness);
        await Eventually.True(() => AtEdge(harness, ends) is null, "the one that has ended is let go");
        Assert.NotNull(AtEdge(harness, waits));
        Assert.NotNull(AtEdge(harness, comes));
        Assert.Equal(2, harness.Transport.SilentHeld);
        Assert.Equal(1, harness.Transport.SilentEvicted);
    }

    [LinuxFact]
    public async Task The_hold_counts_from_the_last_that_a_client_has_sent()
    {
        var time = new ManualTime();
        await using var harness = NewHarness(time: time);
        using var sends = await Dropped(harness);
        using var waits = await Dropped(harness);
        time.Advance(0.7 * Hour);
        await sends.SendAsync(new byte[100]);
        await Taken(harness, sends);
        time.Advance(0.7 * Hour);
        await Eventually.True(() => harness.Transport.SilentHeld == 1, "the one that was quiet is let go");
        Assert.NotNull(AtEdge(harness, sends));
        Assert.Null(AtEdge(harness, waits));
        time.Advance(0.7 * Hour);
        await harness.NothingOpen();
    }

    [LinuxFact]
    public async Task What_came_before_the_drop_and_what_comes_behind_it_is_thrown_away()
    {
        await using var harness = NewHarness();
        using var client = await harness.Dial();
        var link = await harness.NextLink();
        await client.SendAsync(new byte[10_000]);
        await Eventually.True(() => AtEdge(harness, client)!.Unread > 0, "more came than was asked for");
        link.Close(CloseReason.Killed, CloseMode.SilentDrop);
        await Taken(harness, client);
        await client.SendAsync(new byte[10_000]);
        await Taken(harness, client);
        Assert.False(client.Poll(0, SelectMode.SelectRead));
    }

    [LinuxFact]
    public async Task A_client_that_pours_fills_a_small_window_and_hears_nothing()
    {
        await using var harness = NewHarness();
        using var client = await Dropped(harness);
        client.Blocking = false;
        var sent = 0;
        while (client.Poll(500_000, SelectMode.SelectWrite))
            sent += client.Send(new byte[64 * 1024], SocketFlags.None, out _);
        Assert.True(sent > 64 * 1024, $"{sent} bytes are not more than what is thrown away");
        await Eventually.True(() => AtEdge(harness, client)!.Unread > 0, "some of it is left where it came");
        Assert.InRange(AtEdge(harness, client)!.Unread, 1, 16 * 1024);
        Assert.False(client.Poll(0, SelectMode.SelectRead));
        Assert.Equal(1, harness.Transport.SilentHeld);
    }

    /// <summary>Edge's end of it.</summary>
    private static KernelConnection? AtEdge(LinkHarness harness, Socket client) =>
        KernelConnection.At(harness.Listener.EndPoint, client.LocalEndPoint);

    private static Task Taken(LinkHarness harness, Socket client) => Eventually.True(
        () => KernelConnection.At(client.LocalEndPoint, harness.Listener.EndPoint)!.Unsent == 0 && AtEdge(harness, client)!.Unread == 0,
        "acknowledged and thrown away");
}
