using System.Net.Sockets;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Transport;

/// <summary>Joined links at rest: they go on here, or in another transport, which stands for another process.</summary>
public abstract partial class TransportContract
{
    private const int Plenty = 24_000_000;

    [LinuxFact]
    public async Task A_frozen_link_moves_nothing_until_it_thaws()
    {
        await using var harness = NewHarness();
        var (client, server, link) = await harness.Joined();
        Assert.NotNull(await Frozen(link));
        await client.SendAsync(new byte[] { 7 });
        await server.SendAsync(new byte[] { 8 });
        Assert.False(server.Poll(100_000, SelectMode.SelectRead) || client.Poll(0, SelectMode.SelectRead));
        link.Thaw();
        Assert.Equal([7], await LinkHarness.ReadExactly(server, 1));
        Assert.Equal([8], await LinkHarness.ReadExactly(client, 1));
        client.Dispose();
        server.Dispose();
        await harness.NothingOpen();
    }

    [LinuxTheory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task Bytes_in_transit_move_with_the_link(bool up, bool moves)
    {
        await using var harness = NewHarness();
        await using var next = NewHarness();
        var (client, server, link) = await harness.Joined();
        var (from, to) = up ? (client, server) : (server, client);
        var sending = from.SendAsync(Numbered(Plenty));
        long Moved() => up ? link.Counters.BytesUp : link.Counters.BytesDown;
        await Eventually.True(() => Moved() > 0 && StandsStill(Moved), "the receiver's window is closed");
        var state = (await Frozen(link))!;
        var held = (up ? state.Up : state.Down) is var direction && direction.HasPipe
            ? Native.Unread(direction.PipeRead)
            : direction.HeldLength;
        Assert.True(held > 0, "nothing is in transit");
        if (moves)
            link = Move(state, link, next);
        else
            link.Thaw();
        Assert.Equal(Numbered(Plenty), await LinkHarness.ReadExactly(to, Plenty));
        Assert.Equal(Plenty, await Eventually.Within(sending));
        await Eventually.True(() => Moved() >= Plenty, "every byte is counted");
        Assert.Equal(Plenty + (up ? 3 : 0), Moved());
        from.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await LinkHarness.ReadOnce(to));
        to.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await LinkHarness.ReadOnce(from));
        Assert.Equal("ended: Finished", await (moves ? next : harness).NextEvent());
        await harness.NothingOpen();
        await next.NothingOpen();
    }

    [LinuxTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_half_closed_link_stays_half_closed(bool up)
    {
        await using var harness = NewHarness();
        await using var next = NewHarness();
        var (client, server, link) = await harness.Joined();
        var (from, to) = up ? (client, server) : (server, client);
        from.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await LinkHarness.ReadOnce(to));
        await Eventually.True(() => up ? link.Counters.UpFinished : link.Counters.DownFinished, "the FIN is relayed");
        var moved = Move((await Frozen(link))!, link, next);
        Assert.True(up ? moved.Counters.UpFinished : moved.Counters.DownFinished);
        await to.SendAsync(new byte[] { 1, 2 });
        Assert.Equal([1, 2], await LinkHarness.ReadExactly(from, 2));
        to.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await LinkHarness.ReadOnce(from));
        Assert.Equal("ended: Finished", await next.NextEvent());
        Assert.False(harness.HasEvent);
    }

    [LinuxFact]
    public async Task A_fin_behind_bytes_in_transit_follows_them()
    {
        await using var harness = NewHarness();
        await using var next = NewHarness();
        var (client, server, link) = await harness.Joined();
        var sending = client.SendAsync(Numbered(Plenty));
        await Eventually.True(
            () => link.Counters.BytesUp > 3 && StandsStill(() => link.Counters.BytesUp), "the receiver's window is closed");
        var state = (await Frozen(link))!;
        // The rest and the FIN wait in the kernel, or are on their way.
        var moved = Move(state, link, next);
        var reading = LinkHarness.ReadExactly(server, Plenty);
        await Eventually.Within(sending);
        client.Shutdown(SocketShutdown.Send);
        var again = (await Frozen(moved))!;
        await using var third = NewHarness();
        Move(again, moved, third);
        Assert.Equal(Numbered(Plenty), await reading);
        Assert.Equal(0, await LinkHarness.ReadOnce(server));
    }

    [LinuxFact]
    public async Task A_close_takes_effect_after_the_thaw()
    {
        await using var harness = NewHarness();
        var (client, server, link) = await harness.Joined();
        Assert.NotNull(await Frozen(link));
        link.Close(CloseReason.Killed, CloseMode.Reset);
        Assert.False(client.Poll(100_000, SelectMode.SelectRead));
        link.Thaw();
        Assert.Equal("ended: Killed", await harness.NextEvent());
        server.Dispose();
        await harness.NothingOpen();
    }

    [LinuxFact]
    public async Task A_reset_while_it_rests_is_seen_after_the_thaw()
    {
        await using var harness = NewHarness();
        var (client, server, link) = await harness.Joined();
        Assert.NotNull(await Frozen(link));
        LinkHarness.Reset(client);
        link.Thaw();
        Assert.Equal("ended: ClientReset", await harness.NextEvent());
        Assert.Equal(SocketError.ConnectionReset, await EndOf(server));
    }

    [LinuxFact]
    public async Task The_idle_timeout_goes_on_where_it_was()
    {
        await using var harness = NewHarness();
        await using var next = NewHarness();
        var (client, server, link) = await harness.Joined(timeouts: new RelayTimeouts(TimeSpan.FromMilliseconds(400)));
        var moved = Move((await Frozen(link))!, link, next);
        Assert.Equal("ended: TunnelTimeout", await next.NextEvent());
        Assert.Equal(link.Id, moved.Id);
        Assert.Equal(link.AcceptedAt, moved.AcceptedAt);
        Assert.Equal(link.Counters.JoinedAt, moved.Counters.JoinedAt);
        client.Dispose();
        server.Dispose();
    }

    [LinuxFact]
    public async Task A_link_that_is_not_joined_does_not_freeze()
    {
        await using var harness = NewHarness();
        using var client = await harness.Dial();
        Assert.Null(await Frozen(await harness.NextLink()));
    }

    [LinuxFact]
    public async Task A_silent_drop_is_held_elsewhere()
    {
        await using var harness = NewHarness(hold: TimeSpan.FromMinutes(1));
        await using var next = NewHarness(hold: TimeSpan.FromMinutes(1));
        using var client = await harness.Dial();
        (await harness.NextLink()).Close(CloseReason.RateLimited, CloseMode.SilentDrop);
        await Eventually.True(() => harness.Transport.SilentHeld == 1, "it is held");
        var drop = Assert.Single(await harness.Transport.TakeDrops(10));
        Assert.Equal(0, harness.Transport.SilentHeld);
        Assert.InRange(drop.LeftMs, 1, 60_000);
        next.Transport.Hold(drop with { LeftMs = 60_000 });
        await harness.NothingOpen();
        await Eventually.True(() => next.Transport.SilentHeld == 1, "it is held there");
        await client.SendAsync(new byte[10]);
        Assert.False(client.Poll(100_000, SelectMode.SelectRead));
    }

    private static Task<LinkHandover?> Frozen(Link link)
    {
        var frozen = new TaskCompletionSource<LinkHandover?>(TaskCreationOptions.RunContinuationsAsynchronously);
        link.Freeze(frozen.SetResult);
        return Eventually.Within(frozen.Task);
    }

    private static Link Move(LinkHandover state, Link link, LinkHarness next)
    {
        var copies = state.Descriptors.Select(static fd => Native.FileControl(fd, Native.FDuplicateCloExec, 0)).ToArray();
        var held = (state.Up.Held.ToArray(), state.Down.Held.ToArray());
        var copy = state.With(copies) with { Up = state.With(copies).Up with { Held = held.Item1 }, Down = state.With(copies).Down with { Held = held.Item2 } };
        Assert.True(copy.IsValid());
        link.GiveAway();
        var moved = next.Transport.Adopt(copy);
        moved.Handler = next;
        moved.Thaw();
        return moved;
    }

    private static byte[] Numbered(int count)
    {
        var bytes = new byte[count];
        for (var i = 0; i < count; i++)
            bytes[i] = (byte)((i * 31) + (i >> 8) + (i >> 16));
        return bytes;
    }
}
