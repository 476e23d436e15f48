using System.Net.Sockets;
using EdgeActors.Tests.Protocol;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.EndToEnd;

/// <summary>Who is let in, over real sockets on each transport.</summary>
public sealed class AdmissionSpecs : IDisposable
{
    private const string Name = "web.test";

    private readonly List<Socket> _clients = [];
    private readonly OddServer _server = OddServer.That(static async socket => await Client.ReadToEnd(socket));

    public static TheoryData<string> Transports() => OperatingSystem.IsLinux() ? ["epoll", "sockets"] : ["sockets"];

    public void Dispose()
    {
        foreach (var client in _clients)
            client.Dispose();
        _server.Dispose();
    }

    private Task<EdgeUnderTest> Edge(string transport, string listener) => EdgeUnderTest.Start($$"""
        edge {
          listeners { https { bind = "127.0.0.1:0", {{listener}} } }
          routes { "{{Name}}" = web }
          backends { web { servers = ["{{_server.EndPoint}}"], health { enabled = off } } }
          transport { kind = {{transport}} }
          silent-drop { hold = 100ms }
          # A machine that is busy with other things must not have the limiter be given up on.
          admission-timeout = 30s
        }
        """);

    private async Task<Socket> Open(EdgeUnderTest edge, string source)
    {
        var socket = await Client.Connect(edge.EndPoint, source);
        _clients.Add(socket);
        await socket.SendAsync(HelloBytes.ForName(Name));
        return socket;
    }

    private async Task<Socket> Joined(EdgeUnderTest edge, string source)
    {
        var socket = await Open(edge, source);
        await edge.Log.WaitFor(line => LogLine.Is(line, "CONNECT", socket.LocalEndPoint!), $"CONNECT {source}");
        return socket;
    }

    private async Task Refused(EdgeUnderTest edge, string source, string reason)
    {
        var socket = await Open(edge, source);
        var closed = await edge.Closed(socket.LocalEndPoint!);
        Assert.Equal((reason, "PR"), (closed["reason"], closed["ts"]));
        Client.ShouldHaveHeardNothing(socket);
    }

    private async Task NothingIsLeft(EdgeUnderTest edge)
    {
        foreach (var client in _clients)
            client.Dispose();
        await edge.ShouldHoldNothing();
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task The_51st_from_one_address_is_refused_while_another_is_served(string transport)
    {
        await using var edge = await Edge(transport, "rate-limit { per = 10m, expire = 20m }");
        for (var i = 0; i < 50; i++)
            await Joined(edge, "127.0.0.1");
        await Refused(edge, "127.0.0.1", "RATE_LIMITED");
        await Joined(edge, "127.0.0.2");
        await NothingIsLeft(edge);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Two_addresses_of_one_network_share_what_it_may_do(string transport)
    {
        await using var edge = await Edge(transport, "rate-limit { limit = 3, per = 10m, expire = 20m, key { ipv4 = 24 } }");
        await Joined(edge, "127.0.0.1");
        await Joined(edge, "127.0.0.2");
        await Joined(edge, "127.0.0.3");
        await Refused(edge, "127.0.0.4", "RATE_LIMITED");
        await Joined(edge, "127.0.1.1");
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Who_is_denied_is_refused_unless_a_smaller_network_allows_it(string transport)
    {
        await using var edge = await Edge(
            transport, "deny = [\"127.0.8.0/24\"], allow = [\"127.0.8.8\"], rate-limit { limit = 2, per = 10m, expire = 20m }");
        for (var i = 0; i < 4; i++)
            await Refused(edge, "127.0.8.7", "DENIED");
        await Joined(edge, "127.0.8.8");
        await Joined(edge, "127.0.9.7");
        await NothingIsLeft(edge);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task One_address_has_so_many_connections_at_once_and_may_come_again_when_one_has_closed(string transport)
    {
        await using var edge = await Edge(transport, "rate-limit { limit = off, max-connections = 2 }");
        var first = await Joined(edge, "127.0.0.1");
        await Joined(edge, "127.0.0.1");
        await Refused(edge, "127.0.0.1", "TOO_MANY_CONNECTIONS");
        await Joined(edge, "127.0.0.2");

        var self = first.LocalEndPoint!;
        first.Dispose();
        await edge.Closed(self);
        await Joined(edge, "127.0.0.1");
        await Refused(edge, "127.0.0.1", "TOO_MANY_CONNECTIONS");
        await NothingIsLeft(edge);
    }
}
