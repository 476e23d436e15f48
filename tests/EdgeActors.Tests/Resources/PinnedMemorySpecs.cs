using EdgeActors.Resources;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Resources;

public sealed class PinnedMemorySpecs
{
    /// <summary>A full pipe of a client that reads slowly, and one of a client that does not read.</summary>
    private const long Held = 4 << 20;

    [Fact]
    public void Those_that_hold_most_and_move_least_are_reset_until_enough_is_released()
    {
        PinnedState[] links = [Of(3, 0), Of(9, 0), Of(500, 1), Of(600, 100), Of(6, 0)];
        Assert.Equal([500L, 9], PinnedMemory.Choose(links, 501).Select(static link => link.Bytes));
        Assert.Equal([500L], PinnedMemory.Choose(links, 500).Select(static link => link.Bytes));
        Assert.Equal([500L, 9, 6, 3], PinnedMemory.Choose(links, 100_000).Select(static link => link.Bytes));
        Assert.Empty(PinnedMemory.Choose(links, 0));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(10_000, true)]
    [InlineData(60_000, false)]
    [InlineData(5_000_000, false)]
    public void A_link_is_stalled_after_eight_looks_if_it_moves_little(long perLook, bool expected)
    {
        var state = PinnedState.Of(new PinnedLink(null!, Held, Held), null);
        Assert.False(state.IsStalled);
        for (var look = 1; look <= 8; look++)
            state = PinnedState.Of(new PinnedLink(null!, Held, Held + (look * perLook)), state);
        Assert.Equal(expected, state.IsStalled);
    }

    [Fact]
    public void Memory_of_TCP_is_read_in_pages()
    {
        const string Sockets = "sockets: used 9\nTCP: inuse 5 orphan 0 tw 0 alloc 7 mem 95\nUDP: inuse 0 mem 7\n";
        var tcp = TcpMemory.Parse(Sockets, "50\t100\t200\n", 4096);
        Assert.Equal(new TcpMemory(95 * 4096, 100 * 4096), tcp);
        Assert.Equal((95 * 4096) - (100 * 4096 / 10 * 9), tcp!.Value.Excess);
        Assert.Null(TcpMemory.Parse("", "50\t100\t200\n", 4096));
        Assert.Null(TcpMemory.Parse(Sockets, "", 4096));
    }

    private static PinnedState Of(long bytes, long recent) => new(null!, bytes, 0, recent);
}
