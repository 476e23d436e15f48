using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using EdgeActors.Config;
using EdgeActors.Connection;
using EdgeActors.Protocol;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Tests;

/// <summary>A whole node on loopback, whose actors are killed under its connections.</summary>
public sealed class EdgeNodeSpecs : EdgeTestKit
{
    private static readonly byte[] Hello = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Protocol", "Hellos", "go119.bin"));

    private readonly EchoServer _server = new(readsHeader: true);
    private readonly EdgeLog _log = new(new LogSettings(false, 16, LogThreshold.Error), Stream.Null, TimeProvider.System);
    private EdgeNode _node = null!;
    private IPEndPoint _edge = null!;

    public override async ValueTask InitializeAsync()
    {
        var read = EdgeSettingsReader.ReadText($$"""
            edge {
              listeners { https { bind = "127.0.0.1:0", rate-limit = off } }
              routes { "demo.fiscalismia.com" = web }
              backends { web { servers = ["{{_server.EndPoint}}"], health { interval = 2s, timeout = 2s, fall = 100 } } }
              silent-drop { hold = 100ms }
            }
            """);
        _node = await EdgeNode.Start(Sys, read.Settings!, _log, TimeProvider.System);
        _edge = Assert.Single(await _node.State.Listeners.Bound());
        // Until it has been seen up, one check that a busy machine is late for takes it down.
        await Eventually.True(
            () => _node.State.Routes.Current.Backends[0].Servers[0].State.Health is { Up: true, ChecksPassed: > 0 },
            "the server was seen up");
    }

    public override async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        _server.Dispose();
        await _log.DisposeAsync();
        await base.DisposeAsync();
    }

    private async Task<Socket> Connect()
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await Eventually.Within(client.ConnectAsync(_edge));
        await client.SendAsync(Hello);
        Assert.Equal(Hello, await Transport.LinkHarness.ReadExactly(client, Hello.Length));
        return client;
    }

    private static async Task Exchange(Socket client)
    {
        await client.SendAsync(new byte[] { 1, 2, 3 });
        Assert.Equal([1, 2, 3], await Transport.LinkHarness.ReadExactly(client, 3));
    }

    private Task NothingLeft() => Eventually.True(
        () => _node.State.Live.Count == 0 && _node.State.Transport.OpenLinks == 0 && _node.State.Gate.InUse == 0
            && Enum.GetValues<CloseReason>().Sum(_node.State.Meters.ClosedTotal) == _node.State.Meters.AcceptedTotal,
        "every connection gone and counted");

    [Fact]
    public async Task A_killed_actor_of_any_step_costs_no_connection()
    {
        var held = await Connect();
        var actors = _node.State.Actors;
        var victims = new[] { actors.Router, actors.Limiter, actors.Health, actors.Connections, _node.State.Listeners.All[0].Actor };
        for (var round = 0; round < 20; round++)
        {
            foreach (var victim in victims)
                victim.Tell(Kill.Instance);
            using var client = await Connect();
            await Exchange(client);
        }
        await Exchange(held);
        held.Dispose();
        await NothingLeft();
        Assert.Equal(21, _node.State.Meters.ClosedTotal(CloseReason.Finished));
    }

    [Fact]
    public async Task A_killed_connection_actor_ends_its_connection_alone()
    {
        using var good = await Connect();
        using var bad = await Connect();
        // The child made last has the last name: $a, $b, ...
        Sys.ActorSelection(_node.State.Actors.Connections.Path.ToString() + "/$b").Tell(Kill.Instance);
        await Assert.ThrowsAsync<SocketException>(() => Transport.LinkHarness.ReadOnce(bad));
        await Exchange(good);
        await Eventually.True(() => _node.State.Live.Count == 1, "one left");
        await Eventually.True(() => _node.State.Meters.ClosedTotal(CloseReason.Internal) == 1, "counted");
    }

    [Fact]
    public async Task Hundreds_of_connections_at_once_leave_nothing_behind()
    {
        var clients = await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => Connect()));
        Assert.Equal(300, _node.State.Live.Count);
        await Task.WhenAll(clients.Select(Exchange));
        foreach (var client in clients)
            client.Dispose();
        await NothingLeft();
        Assert.Equal(300, _node.State.Meters.ClosedTotal(CloseReason.Finished));
        Assert.Equal(300, _node.State.Meters.AcceptedTotal);
    }

    [Fact]
    public async Task A_drained_node_accepts_no_more_and_waits_for_the_rest()
    {
        var client = await Connect();
        await _node.Unbind();
        using var late = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await Assert.ThrowsAsync<SocketException>(() => late.ConnectAsync(_edge));
        var drained = _node.Drain();
        await Exchange(client);
        Assert.False(drained.IsCompleted);
        client.Dispose();
        Assert.Equal(0, await Eventually.Within(drained));
    }
}
