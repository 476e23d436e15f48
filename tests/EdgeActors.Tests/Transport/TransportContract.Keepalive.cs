using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Transport;

/// <summary>TCP keepalive on both sides.</summary>
public abstract partial class TransportContract
{
    /// <summary>The kernel counts in hundredths of a second.</summary>
    private static readonly TimeSpan Rounding = TimeSpan.FromSeconds(1);

    [LinuxFact]
    public async Task Keepalive_probes_both_sides()
    {
        var idle = TimeSpan.FromMinutes(2);
        await using var harness = NewHarness();
        var (client, server, _) = await harness.Joined(timeouts: new RelayTimeouts(TimeSpan.FromMinutes(5), Keepalive: idle));
        foreach (var peer in new[] { client, server })
        {
            // Without unacknowledged bytes, the timer is the keepalive timer.
            await Eventually.True(
                () => Probe(peer.RemoteEndPoint, peer.LocalEndPoint) is not null, $"a keepalive timer for {peer.LocalEndPoint}");
            var left = Probe(peer.RemoteEndPoint, peer.LocalEndPoint)!.Value;
            Assert.InRange(left, idle - Eventually.Deadline, idle + Rounding);
        }

        static TimeSpan? Probe(EndPoint? edge, EndPoint? peer) => KernelConnection.At(edge, peer)?.NextProbe;
    }

    [LinuxFact]
    public async Task Without_keepalive_no_timer_runs()
    {
        await using var harness = NewHarness();
        var (client, server, _) = await harness.Joined();
        foreach (var peer in new[] { client, server })
        {
            await Eventually.True(
                () => KernelConnection.At(peer.RemoteEndPoint, peer.LocalEndPoint) is { Unsent: 0, NextProbe: null },
                "acknowledged, no timer");
        }
    }

    [LinuxFact]
    public async Task A_peer_that_disappears_ends_the_connection()
    {
        await using var harness = NewHarness();
        var timeouts = new RelayTimeouts(TimeSpan.FromMinutes(5), Keepalive: TimeSpan.FromSeconds(1));
        var ofClient = await harness.Joined(timeouts: timeouts);
        var ofServer = await harness.Joined(timeouts: timeouts);
        Vanish(ofClient.Client);
        Vanish(ofServer.Server);
        await Eventually.True(() => ofClient.Link.Reason == CloseReason.ClientReset, "the lost client is given up");
        await Eventually.True(() => ofServer.Link.Reason == CloseReason.ServerReset, "the lost server is given up");
        await harness.NothingOpen();
        // A collected socket would send a FIN.
        foreach (var socket in new[] { ofClient.Client, ofClient.Server, ofServer.Client, ofServer.Server })
            socket.Dispose();
    }

    /// <summary>Drops every segment by a filter (SO_ATTACH_FILTER, socket(7)) that keeps 0 bytes, so the peer gets no answer.</summary>
    private static void Vanish(Socket socket)
    {
        const int SolSocket = 1, SoAttachFilter = 26;
        // struct sock_filter: BPF_RET|BPF_K with 0.
        var instruction = Marshal.AllocHGlobal(8);
        try
        {
            Marshal.WriteInt64(instruction, 0x06);
            // struct sock_fprog: a count of 16 bits, and a pointer at its own alignment.
            socket.SetRawSocketOption(SolSocket, SoAttachFilter, [1, 0, 0, 0, 0, 0, 0, 0, .. BitConverter.GetBytes(instruction.ToInt64())]);
        }
        finally
        {
            Marshal.FreeHGlobal(instruction);
        }
    }

    [LinuxFact]
    public async Task A_unix_socket_needs_no_keepalive()
    {
        await using var harness = NewHarness();
        using var at = new UnixServer().Listen();
        using var client = await harness.Dial();
        var link = await Peeked(harness, client, [7]);
        link.Connect(harness.Plan(new RelayTimeouts(TimeSpan.FromMinutes(5), Keepalive: TimeSpan.FromSeconds(1)), at.EndPoint), []);
        Assert.Equal("joined", await harness.NextEvent());
        using var server = await at.Accept();
        Assert.Equal([7], await LinkHarness.ReadExactly(server, 1));
        await server.SendAsync(new byte[] { 8 });
        Assert.Equal([8], await LinkHarness.ReadExactly(client, 1));
    }
}
