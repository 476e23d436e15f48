using System.Net.Sockets;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Transport;

/// <summary>A client that does not read: what the kernel holds for it.</summary>
public abstract partial class TransportContract
{
    /// <summary>Small, so that what is held without them is far more: up to tcp_wmem and tcp_rmem.</summary>
    protected static readonly BufferSettings Bounds = new(ClientSend: 256 << 10, ServerReceive: 256 << 10);

    /// <summary>Both, a pipe of 1 MiB, and what the kernel adds for itself.</summary>
    private const long Bounded = 5 << 19;

    [LinuxFact]
    public async Task A_client_that_does_not_read_holds_little_of_the_servers_bytes()
    {
        await using var harness = NewHarness();
        var (client, server, link) = await harness.Joined();
        var sends = SendForEver(server);
        await Stopped(link);
        Assert.InRange(await Pinned(harness, link), Bounds.ClientSend!.Value, Bounded);
        client.Dispose();
        await sends;
    }

    [LinuxFact]
    public async Task After_16_MiB_there_are_no_bounds()
    {
        await using var harness = NewHarness();
        var (client, server, link) = await harness.Joined();
        var sends = SendForEver(server);
        await LinkHarness.ReadExactly(client, 24 << 20);
        await Eventually.True(
            async () => await Pinned(harness, link) > Bounded, () => "no more is held than with bounds", Eventually.Deadline);
        client.Dispose();
        await sends;
    }

    [Fact]
    public async Task A_link_that_has_carried_little_holds_nothing()
    {
        await using var harness = NewHarness();
        var (client, server, _) = await harness.Joined();
        await server.SendAsync(new byte[1000]);
        await LinkHarness.ReadExactly(client, 1000);
        Assert.Empty(await harness.Transport.Pinned());
        client.Dispose();
        server.Dispose();
    }

    private static async Task SendForEver(Socket server)
    {
        try
        {
            while (true)
                await server.SendAsync(new byte[1 << 20]);
        }
        catch (SocketException)
        {
            server.Dispose();
        }
    }

    /// <summary>Waits until the client's side takes no more.</summary>
    private static async Task Stopped(Link link)
    {
        var (before, unchanged) = (0L, 0);
        await Eventually.True(
            () => (unchanged = before == (before = link.Counters.BytesDown) ? unchanged + 1 : 0) > 40, "no more bytes move");
    }

    private static async Task<long> Pinned(LinkHarness harness, Link link) =>
        Assert.Single(await harness.Transport.Pinned(), pinned => pinned.Link == link).Bytes;
}
