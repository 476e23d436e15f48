using System.Net.Sockets;
using System.Text;
using EdgeActors.Tests;
using EdgeActors.Transport;
using EdgeHost.Handover;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Handover;

/// <summary>A next process that dies or says something else at each step behind "ready". The old one goes on with all
/// connections.</summary>
public sealed class FaultyPeerSpecs : UpgradeHarness
{
    private const int Held = 5;

    [LinuxTheory]
    [InlineData("reactors = 2", "dies before yours")]
    [InlineData("reactors = 2", "dies before the batch")]
    [InlineData("reactors = 2", "dies with the batch")]
    [InlineData("kind = sockets", "dies with the batch")]
    [InlineData("reactors = 2", "says garbage")]
    [InlineData("reactors = 2", "takes another batch")]
    [InlineData("reactors = 2", "takes none")]
    [InlineData("kind = sockets", "takes none")]
    [InlineData("reactors = 2", "is silent")]
    [InlineData("reactors = 2", "knows no moves")]
    public async Task The_old_process_goes_on_with_all_connections(string transport, string fault)
    {
        await using var old = await Started(transport, "old", more: "");
        var clients = new List<Socket>();
        for (var i = 0; i < Held; i++)
            clients.Add(await Joined());
        using (var peer = new Socket(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified))
        {
            await peer.ConnectAsync(new UnixDomainSocketEndPoint(Folder.File("upgrade.sock")));
            new UpgradeMessage(
                UpgradeMessage.Take) { Pid = 4711, Moves = fault == "knows no moves" ? 0 : UpgradeMessage.MovesVersion }.SendTo(peer);
            while (Said(peer).Kind != UpgradeMessage.End)
            {
            }
            new UpgradeMessage(UpgradeMessage.Ready).SendTo(peer);
            if (fault != "dies before yours")
                await Behave(peer, fault, old);
        }

        await old.Out.WaitFor($"{Held} connection(s) may go on for 1h");
        foreach (var client in clients)
        {
            await Exchange(client, "as if nothing had been");
            client.Shutdown(SocketShutdown.Send);
            Assert.Equal(0, await client.ReceiveAsync(new byte[1]));
            client.Dispose();
        }
        Assert.Equal(0, await old.Exit());
        Assert.Equal(Held, old.Out.Lines.Count(static line => LogLine.Is(line, "CLOSE") && new LogLine(line)["reason"] == "FINISHED"));
        Assert.Contains(old.Out.Lines, static line => line.EndsWith("drained, no connection was cut", StringComparison.Ordinal));
    }

    private static async Task Behave(Socket peer, string fault, BackgroundProcess old)
    {
        var yours = Said(peer);
        Assert.Equal(UpgradeMessage.Yours, yours.Kind);
        Assert.True(yours.LastId >= Held);
        if (fault == "knows no moves")
        {
            Assert.Equal(0, yours.Moves);
            return;
        }
        Assert.Equal(UpgradeMessage.MovesVersion, yours.Moves);
        if (fault == "dies before the batch")
            return;
        var batch = Said(peer, out var fds);
        try
        {
            Assert.Equal(UpgradeMessage.Connections, batch.Kind);
            var connections = HandoverBatch.Read(batch.Length, fds).Connections;
            Assert.NotEmpty(connections);
            switch (fault)
            {
                case "says garbage":
                    SharedSockets.Send(peer, Encoding.ASCII.GetBytes("{ \"Kind\": 7"));
                    break;
                case "takes another batch":
                    new UpgradeMessage(UpgradeMessage.Adopted) { Number = batch.Number + 1 }.SendTo(peer);
                    break;
                case "takes none":
                    while (batch.Kind == UpgradeMessage.Connections)
                    {
                        connections = HandoverBatch.Read(batch.Length, fds).Connections;
                        var none = connections.Select(static one => one.Link.Id).ToList();
                        new UpgradeMessage(UpgradeMessage.Adopted) { Number = batch.Number, NotTaken = none }.SendTo(peer);
                        SharedSockets.Close(fds);
                        batch = Said(peer, out fds);
                    }
                    Assert.Equal(UpgradeMessage.Done, batch.Kind);
                    break;
                case "is silent":
                    await old.Out.WaitFor("it does not answer");
                    break;
            }
        }
        finally
        {
            SharedSockets.Close(fds);
        }
    }

    private static UpgradeMessage Said(Socket peer)
    {
        var message = Said(peer, out var fds);
        SharedSockets.Close(fds);
        return message;
    }

    private static UpgradeMessage Said(Socket peer, out int[] fds)
    {
        var (buffer, room) = (new byte[UpgradeMessage.MaxLength], new int[SharedSockets.MaxDescriptors]);
        var length = SharedSockets.Receive(peer, buffer, Eventually.Deadline, room, out var count);
        fds = room[..count];
        return UpgradeMessage.Read(buffer.AsSpan(0, length));
    }
}
