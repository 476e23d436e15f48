using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Transport;

/// <summary>Listening sockets that close or move to another listener.</summary>
public abstract partial class TransportContract
{
    private sealed class PausedHandler : IAcceptHandler, IDisposable
    {
        public ConcurrentQueue<Link> Links { get; } = new();

        /// <summary>Set to let the second client be accepted.</summary>
        public ManualResetEventSlim Resumed { get; } = new();

        public void Accepted(Link link)
        {
            Links.Enqueue(link);
            Resumed.Wait();
        }

        public bool AcceptFailed(SocketError error) => true;

        public void Dispose() => Resumed.Dispose();
    }

    /// <summary>More than a reactor accepts in one turn.</summary>
    [Fact]
    public async Task Clients_in_the_queue_of_a_listener_that_closes_are_accepted_and_not_reset()
    {
        const int Waiting = 150;
        await using var harness = NewHarness();
        using var handler = new PausedHandler();
        var listener = harness.Transport.Listen(new ListenOptions(new IPEndPoint(IPAddress.Loopback, 0)), handler);
        var clients = new List<Socket>();
        for (var i = 0; i < Waiting; i++)
        {
            clients.Add(LinkHarness.NewClient());
            await Eventually.Within(clients[i].ConnectAsync(listener.EndPoint));
        }
        await Eventually.True(() => !handler.Links.IsEmpty, "the first is accepted");
        var closing = Task.Run(listener.Dispose);
        handler.Resumed.Set();
        await Eventually.Within(closing);
        await Eventually.True(() => handler.Links.Count == Waiting, "all are accepted");
        Assert.All(clients, static client => Assert.False(client.Poll(0, SelectMode.SelectRead)));
        clients.ForEach(static client => client.Dispose());
    }

    [Fact]
    public async Task A_listening_socket_tells_its_new_handler_of_clients_from_then_on()
    {
        await using var harness = NewHarness();
        using var handler = new PausedHandler();
        handler.Resumed.Set();
        harness.Listener.Handler = handler;
        using var client = await harness.Dial();
        await Eventually.True(() => handler.Links.Count == 1, "the new handler has it");
        Assert.Equal(client.LocalEndPoint, handler.Links.Single().Client);
        Assert.False(harness.HasAccepted);
    }

    [LinuxFact]
    public async Task A_wildcard_is_opened_beside_an_address_of_this_process()
    {
        const int Attempts = 10;
        var attempt = 0;
        // Another program may have the port at another address.
        while (!await IsOpenedBeside() && ++attempt < Attempts)
        {
        }
        Assert.True(attempt < Attempts, "each port is in use at another address");
    }

    /// <returns>False: the port is in use at another address.</returns>
    private async Task<bool> IsOpenedBeside()
    {
        await using var harness = NewHarness();
        using var handler = new PausedHandler();
        handler.Resumed.Set();
        var any = new IPEndPoint(IPAddress.IPv6Any, harness.Listener.EndPoint.Port);
        var wildcard = new ListenOptions(any, DualMode: true) { Overlaps = true };
        Assert.True(SharedSockets.ShareAddress(harness.Listener));
        IListenSocket both;
        try
        {
            both = harness.Transport.Listen(wildcard, handler);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return false;
        }
        using var end = both;
        // The kernel prefers the address to the wildcard.
        using var client = await harness.Dial();
        Assert.Equal(client.LocalEndPoint, (await harness.NextLink()).Client);
        harness.Listener.Dispose();
        using var other = await harness.Dial();
        await Eventually.True(() => handler.Links.Count == 1, "the wildcard has the next client");
        return true;
    }
}
