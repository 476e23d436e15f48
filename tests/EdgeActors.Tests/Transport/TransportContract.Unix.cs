using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Transport;

/// <summary>Servers that are Unix sockets.</summary>
public abstract partial class TransportContract
{
    private static async Task<Link> Peeked(LinkHarness harness, Socket client, byte[] hello)
    {
        await client.SendAsync(hello);
        var link = await harness.NextLink();
        while (link.Received.Length < hello.Length)
            Assert.Equal(ReceiveStatus.Data, await harness.Receive(link));
        return link;
    }

    [LinuxTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_unix_socket_is_a_server_as_any_other(bool isAbstract)
    {
        await using var harness = NewHarness();
        using var at = new UnixServer(isAbstract).Listen();
        using var client = await harness.Dial();
        var link = await Peeked(harness, client, [7, 8, 9]);
        link.Connect(harness.Plan(server: at.EndPoint), [1, 2, 3, 4]);
        using var server = await at.Accept();
        Assert.Equal([1, 2, 3, 4, 7, 8, 9], await LinkHarness.ReadExactly(server, 7));
        Assert.Equal("joined", await harness.NextEvent());

        var bytes = RandomNumberGenerator.GetBytes(4 << 20);
        foreach (var (from, to) in new[] { (server, client), (client, server) })
        {
            var sending = Task.Run(async () => await from.SendAsync(bytes));
            var got = await LinkHarness.ReadExactly(to, bytes.Length);
            Assert.True(bytes.AsSpan().SequenceEqual(got));
            Assert.Equal(bytes.Length, await Eventually.Within(sending));
        }

        client.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await LinkHarness.ReadOnce(server));
        await server.SendAsync(new byte[] { 5 });
        Assert.Equal([5], await LinkHarness.ReadExactly(client, 1));
        server.Dispose();
        Assert.Equal(0, await LinkHarness.ReadOnce(client));
        Assert.Equal("ended: Finished", await harness.NextEvent());
        await harness.NothingOpen();
    }

    [LinuxFact]
    public async Task A_unix_socket_without_a_listener_leaves_the_link_free_for_another_server()
    {
        await using var harness = NewHarness();
        using var at = new UnixServer();
        using var client = await harness.Dial();
        var link = await Peeked(harness, client, [7]);
        link.Connect(harness.Plan(server: at.EndPoint), []);
        Assert.Equal("not connected: ConnectUnreachable", await harness.NextEvent());
        at.Bind();
        link.Connect(harness.Plan(server: at.EndPoint), []);
        Assert.Equal("not connected: ConnectRefused", await harness.NextEvent());
        link.Connect(harness.Plan(), []);
        using var server = await harness.AcceptAtServer();
        Assert.Equal([7], await LinkHarness.ReadExactly(server, 1));
    }

    [LinuxFact]
    public async Task A_unix_socket_with_a_full_backlog_is_tried_until_there_is_room()
    {
        await using var harness = NewHarness();
        using var at = new UnixServer().Listen(1);
        var waiting = at.Fill();
        using var client = await harness.Dial();
        var link = await Peeked(harness, client, [7]);
        link.Connect(harness.Plan(server: at.EndPoint) with { ConnectTimeout = TimeSpan.FromMilliseconds(150) }, []);
        Assert.Equal("not connected: ConnectTimeout", await harness.NextEvent());
        link.Connect(harness.Plan(server: at.EndPoint) with { ConnectTimeout = Eventually.Deadline }, []);
        foreach (var other in waiting)
        {
            (await at.Accept()).Dispose();
            other.Dispose();
        }
        Assert.Equal("joined", await harness.NextEvent());
        using var server = await at.Accept();
        Assert.Equal([7], await LinkHarness.ReadExactly(server, 1));
    }

    [LinuxFact]
    public async Task A_client_that_is_closed_while_a_unix_socket_is_full_leaves_nothing_open()
    {
        await using var harness = NewHarness();
        using var at = new UnixServer().Listen(1);
        at.Fill();
        using var client = await harness.Dial();
        var link = await Peeked(harness, client, [7]);
        link.Connect(harness.Plan(server: at.EndPoint), []);
        link.Close(CloseReason.Killed, CloseMode.Reset);
        Assert.Equal("ended: Killed", await harness.NextEvent());
        await harness.NothingOpen();
        Assert.False(harness.HasEvent);
    }

    [LinuxFact]
    public async Task A_clients_reset_ends_a_dial_that_waits()
    {
        await using var harness = NewHarness();
        using var at = new UnixServer().Listen(1);
        at.Fill();
        var client = await harness.Dial();
        var link = await Peeked(harness, client, [7]);
        link.Connect(harness.Plan(server: at.EndPoint) with { ConnectTimeout = TimeSpan.FromDays(1) }, []);
        LinkHarness.Reset(client);
        Assert.Equal("ended: ClientReset", await harness.NextEvent());
        await harness.NothingOpen();
    }

    [LinuxTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_dial_that_waits_has_no_descriptor_once_its_client_is_reset_or_closed(bool reset)
    {
        // SYNs to a full backlog are dropped.
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(0);
        using var first = LinkHarness.NewClient();
        await first.ConnectAsync(full.LocalEndPoint!);
        await using var harness = NewHarness();
        var client = await harness.Dial();
        var link = await Peeked(harness, client, [7]);
        link.Connect(harness.Plan(server: full.LocalEndPoint) with { ConnectTimeout = TimeSpan.FromDays(1) }, []);
        await Eventually.True(() => KernelConnection.Dialling(full.LocalEndPoint) == 1, "the server is dialled");
        if (reset)
            LinkHarness.Reset(client);
        else
            link.Close(CloseReason.Killed, CloseMode.Reset);
        Assert.Equal(reset ? "ended: ClientReset" : "ended: Killed", await harness.NextEvent());
        await Eventually.True(() => KernelConnection.Dialling(full.LocalEndPoint) == 0, "the dial ends");
        await harness.NothingOpen();
        client.Dispose();
    }

    [LinuxFact]
    public async Task A_source_address_has_no_effect_on_a_unix_socket()
    {
        var backend = TestSettings.Backend() with { Source = System.Net.IPAddress.Loopback };
        await using var harness = NewHarness();
        using var at = new UnixServer().Listen();
        Assert.Null(backend.SourceFor(at.EndPoint));
        using var probe = await Eventually.Within(
            harness.Transport.Probe(at.EndPoint, backend.SourceFor(at.EndPoint), CancellationToken.None));
        using var probed = await at.Accept();
    }
}
