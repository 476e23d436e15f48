using System.Net.Sockets;
using System.Security.Cryptography;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Transport;

/// <summary>Urgent bytes (MSG_OOB) are discarded, and the bytes behind them pass.</summary>
public abstract partial class TransportContract
{
    /// <summary>A read stops at an urgent byte only if it comes in time, so several connections are tried.</summary>
    private const int UrgentRounds = 20;

    [Fact]
    public async Task Bytes_behind_an_urgent_byte_pass()
    {
        await using var harness = NewHarness();
        for (var i = 0; i < UrgentRounds; i++)
        {
            var (client, server, _) = await harness.Joined();
            await SendWithUrgent(client, "abc"u8.ToArray(), "defgh"u8.ToArray());
            Assert.Equal("abcdefgh"u8.ToArray(), await LinkHarness.ReadExactly(server, 8));
            await SendWithUrgent(server, "abc"u8.ToArray(), "defgh"u8.ToArray());
            Assert.Equal("abcdefgh"u8.ToArray(), await LinkHarness.ReadExactly(client, 8));
            client.Dispose();
            server.Dispose();
            Assert.Equal("ended: Finished", await harness.NextEvent());
        }
    }

    [Fact]
    public async Task Bytes_behind_an_urgent_byte_of_a_hello_arrive()
    {
        await using var harness = NewHarness();
        for (var i = 0; i < UrgentRounds; i++)
        {
            using var client = await harness.Dial();
            await SendWithUrgent(client, "abc"u8.ToArray(), "defgh"u8.ToArray());
            var link = await harness.NextLink();
            while (link.Received.Length < 8)
                Assert.Equal(ReceiveStatus.Data, await harness.Receive(link));
            Assert.Equal("abcdefgh"u8.ToArray(), link.Received.ToArray());
        }
    }

    [Fact]
    public async Task Bulk_passes_urgent_bytes_in_between()
    {
        await using var harness = NewHarness();
        var (client, server, _) = await harness.Joined();
        var (first, second) = (RandomNumberGenerator.GetBytes(1_000_000), RandomNumberGenerator.GetBytes(1_000_000));
        var sends = SendWithUrgent(client, first, second);
        byte[] whole = [.. first, .. second];
        Assert.Equal(whole, await LinkHarness.ReadExactly(server, whole.Length));
        await Eventually.Within(sends);
        server.Dispose();
        client.Dispose();
    }

    private static async Task SendWithUrgent(Socket socket, byte[] before, byte[] behind)
    {
        await socket.SendAsync(before);
        await socket.SendAsync("!"u8.ToArray(), SocketFlags.OutOfBand);
        await socket.SendAsync(behind);
    }
}
