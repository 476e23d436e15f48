using System.Net.Sockets;
using EdgeActors.Tests.Protocol;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.EndToEnd;

/// <summary>So many connections from one address, and no more.</summary>
[Collection(Heavy.Name)]
public sealed class RateLimitSpecs : IAsyncLifetime
{
    private const int Limit = 50;
    private const string Name = "web.test";
    private const string First = "127.0.0.1";
    private const string Other = "127.0.0.2";

    private readonly List<Socket> _clients = [];
    private readonly OddServer _server = OddServer.That(static async socket => await Client.ReadToEnd(socket));

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            client.Dispose();
        _server.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Of_51_connections_in_5_seconds_50_are_admitted()
    {
        await using var edge = await Edge("");
        for (var i = 0; i <= Limit; i++)
            await Open(edge, First);
        await Open(edge, Other);
        await Decided(edge, Limit + 2);

        var dropped = Assert.Single(edge.Log.Lines, line => LogLine.Is(line, "CLOSE"));
        Assert.Equal("RATE_LIMITED", new LogLine(dropped)["reason"]);
        Assert.StartsWith(First + ":", new LogLine(dropped)["client"]);
        Assert.Equal(Limit, Connected(edge, First));
        Assert.Equal(1, Connected(edge, Other));
    }

    [Fact]
    public async Task The_one_too_many_is_the_last_one_and_hears_nothing()
    {
        await using var edge = await Edge("rate-limit { limit = 50, per = 10m, expire = 20m }");
        for (var i = 0; i < Limit; i++)
            await Open(edge, First);
        await Decided(edge, Limit);
        Assert.Equal(Limit, Connected(edge, First));

        var last = await Open(edge, First);
        Assert.Equal("RATE_LIMITED", (await edge.Closed(last.LocalEndPoint!))["reason"]);
        await Eventually.True(
            () => edge.Node.State.Transport.OpenLinks == Limit, () => $"{edge.Node.State.Transport.OpenLinks} sockets are open");
        Client.ShouldHaveHeardNothing(last);
        var other = await Open(edge, Other);
        await edge.Log.WaitFor(line => LogLine.Is(line, "CONNECT", other.LocalEndPoint!), "CONNECT");

        foreach (var client in _clients)
            client.Dispose();
        await edge.ShouldHoldNothing();
    }

    private static Task Decided(EdgeUnderTest edge, int connections) => Eventually.True(
        () => edge.Log.Lines.Count(line => LogLine.Is(line, "CONNECT") || LogLine.Is(line, "CLOSE")) == connections,
        () => $"{connections} connections are not decided:\n{edge.Log.Text}");

    private static int Connected(EdgeUnderTest edge, string source) => edge.Log.Lines.Count(
        line => LogLine.Is(line, "CONNECT") && line.Contains($" client={source}:", StringComparison.Ordinal));

    private Task<EdgeUnderTest> Edge(string listener) => EdgeUnderTest.Start($$"""
        edge {
          listeners { https { bind = "127.0.0.1:0", {{listener}} } }
          routes { "{{Name}}" = web }
          backends { web { servers = ["{{_server.EndPoint}}"], health { enabled = off } } }
          silent-drop { hold = 300ms }
          # A machine that is busy with other things must not let anyone in for want of an answer.
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
}
