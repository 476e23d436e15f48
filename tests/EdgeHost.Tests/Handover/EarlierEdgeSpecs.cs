using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using EdgeActors.Tests;
using EdgeActors.Transport;
using EdgeHost.Control;
using EdgeHost.Handover;
using EdgeHost.Tests.Harness;
using Microsoft.Win32.SafeHandles;

namespace EdgeHost.Tests.Handover;

/// <summary>An earlier Edge that passes on no connections, as its recorded messages have it: Files/without-moves.txt, of the commits
/// db73941 and 90dca11, with other addresses.</summary>
public sealed class EarlierEdgeSpecs : UpgradeHarness
{
    /// <summary>All that the earlier one knows; it ends with any other kind.</summary>
    private static readonly string[] s_known =
        [UpgradeMessage.Socket, UpgradeMessage.Server, UpgradeMessage.End, UpgradeMessage.Yours, UpgradeMessage.Refused];

    [LinuxFact]
    public async Task As_the_new_process_it_gets_the_listening_sockets_and_connections_stay()
    {
        await using var old = await Started("reactors = 2", "old", more: "");
        using var held = await Joined();
        using var earlier = new Socket(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified);
        await earlier.ConnectAsync(new UnixDomainSocketEndPoint(Folder.File("upgrade.sock")));
        var listening = new List<int>();
        foreach (var word in Recorded("new "))
        {
            SharedSockets.Send(earlier, word);
            for (var last = ""; last is not (UpgradeMessage.End or UpgradeMessage.Yours);)
            {
                var message = Said(earlier, out var fds);
                last = message.RootElement.GetProperty("Kind").GetString()!;
                Assert.Contains(last, s_known);
                Assert.Equal(UpgradeMessage.Version, message.RootElement.GetProperty("Speaks").GetInt32());
                // It takes one descriptor of a message.
                Assert.Equal(last == UpgradeMessage.Socket ? 1 : 0, fds.Length);
                if (last == UpgradeMessage.Socket && message.RootElement.GetProperty("Bind").GetString() == $"{Listener}")
                    listening.AddRange(fds);
                else
                    SharedSockets.Close(fds);
            }
        }
        await old.Out.WaitFor("1 connection(s) may go on for 1h");
        // One for each reactor, on which clients reach the earlier one only.
        Assert.Equal(2, listening.Count);
        using var client = await Client.Connect(Listener);
        Socket[] sockets = [.. listening.Select(static fd => SharedSockets.ToSocket(new SafeFileHandle(fd, ownsHandle: true)))];
        using var accepted = await await Task.WhenAny(sockets.Select(static socket => socket.AcceptAsync())).WaitAsync(Eventually.Deadline);
        Assert.Equal(client.LocalEndPoint, accepted.RemoteEndPoint);
        await Exchange(held, "in the old process");
        held.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await held.ReceiveAsync(new byte[1]));
        Assert.Equal(0, await old.Exit());
        Array.ForEach(sockets, static socket => socket.Dispose());
    }

    [LinuxFact]
    public async Task As_the_old_process_it_hands_over_its_listening_sockets()
    {
        using var serving = ControlSocket.Listen("spec", Folder.File("upgrade.sock"), SocketType.Seqpacket);
        using var listening = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listening.Bind(Listener);
        listening.Listen();
        await using var edge = EdgeProcess.Start("run", "-c", Config("", "it"));
        using var earlier = await serving.Socket.AcceptAsync();
        using (var take = Said(earlier, out _))
        {
            Assert.Equal(UpgradeMessage.Take, take.RootElement.GetProperty("Kind").GetString());
            Assert.Equal(UpgradeMessage.Version, take.RootElement.GetProperty("Speaks").GetInt32());
            Assert.Equal(edge.Id, take.RootElement.GetProperty("Pid").GetInt32());
        }
        var recorded = Recorded("old ");
        foreach (var word in recorded.SkipLast(1))
        {
            if (Encoding.UTF8.GetString(word).Contains("\"socket\"", StringComparison.Ordinal))
                SharedSockets.Send(earlier, word, (int)listening.Handle);
            else
                SharedSockets.Send(earlier, word);
        }
        // It ignores properties that it does not know.
        using (var ready = Said(earlier, out _))
        using (var expected = JsonDocument.Parse(Recorded("new ")[^1]))
        {
            Assert.All(
                expected.RootElement.EnumerateObject(),
                property => Assert.True(JsonElement.DeepEquals(property.Value, ready.RootElement.GetProperty(property.Name)), property.Name));
        }
        // It waits in the queue that both have.
        var client = Client.Connect(Listener);
        SharedSockets.Send(earlier, recorded[^1]);
        await edge.Out.WaitFor("upgrade: taken over");
        using var served = await client;
        await Client.Exchange(served, Hello);
        Assert.Equal(0, await earlier.ReceiveAsync(new byte[1]).WaitAsync(Eventually.Deadline));
    }

    /// <summary>The messages of one of the two, with this spec's addresses.</summary>
    private List<byte[]> Recorded(string side) =>
        [.. File.ReadLines(Path.Combine(Repository.Root, "tests", "EdgeHost.Tests", "Handover", "Files", "without-moves.txt"))
            .Where(line => line.StartsWith(side, StringComparison.Ordinal))
            .Select(line => Encoding.UTF8.GetBytes(line[side.Length..]
                .Replace("127.0.0.1:443", $"{Listener}", StringComparison.Ordinal)
                .Replace("127.0.0.1:8443", $"{Server.EndPoint}", StringComparison.Ordinal)))];

    private static JsonDocument Said(Socket peer, out int[] fds)
    {
        var (buffer, room) = (new byte[UpgradeMessage.MaxLength], new int[SharedSockets.MaxDescriptors]);
        var length = SharedSockets.Receive(peer, buffer, Eventually.Deadline, room, out var count);
        fds = room[..count];
        return JsonDocument.Parse(buffer.AsMemory(0, length).ToArray());
    }
}
