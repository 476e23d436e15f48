using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using EdgeActors.Answers;
using EdgeActors.Config;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Tests.Operator;

namespace EdgeActors.Tests;

/// <summary>A whole node on loopback, whose servers are Unix sockets or host names with several addresses.</summary>
public sealed class EdgeNodeServerSpecs : EdgeTestKit
{
    private static readonly byte[] Hello = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Protocol", "Hellos", "go119.bin"));

    /// <summary>A loopback address without an echo server.</summary>
    private static readonly IPAddress Refusing = IPAddress.Parse("127.0.0.2");

    private readonly MemoryStream _lines = new();
    private readonly EdgeLog _log;
    private readonly Names _names = new();

    public EdgeNodeServerSpecs() => _log = new EdgeLog(new LogSettings(true, 1000, LogThreshold.Info), _lines, TimeProvider.System);

    private sealed class Names : IHostResolver
    {
        public ConcurrentDictionary<string, IPAddress[]> Known { get; } = new();

        public Task<IReadOnlyList<IPAddress>> Resolve(string host) =>
            Task.FromResult<IReadOnlyList<IPAddress>>(Known.GetValueOrDefault(host, []));
    }

    private async Task<EdgeNode> Start(string web, string more = "") =>
        await EdgeNode.Start(Sys, Settings(web, more), _log, TimeProvider.System, _names);

    private static EdgeSettings Settings(string web, string more = "")
    {
        var read = EdgeSettingsReader.ReadText($$"""
            edge {
              listeners { https { bind = "127.0.0.1:0", rate-limit = off } }
              routes { "demo.fiscalismia.com" = web }
              backends { web { {{web}} } }
              {{more}}
            }
            """);
        Assert.Empty(read.Errors);
        return read.Settings!;
    }

    private static async Task<Socket> Connect(EdgeNode node)
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await Eventually.Within(client.ConnectAsync(Assert.Single(await node.State.Listeners.Bound())));
        await client.SendAsync(Hello);
        return client;
    }

    private static async Task Exchange(EdgeNode node)
    {
        using var client = await Connect(node);
        Assert.Equal(Hello, await Transport.LinkHarness.ReadExactly(client, Hello.Length));
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await Transport.LinkHarness.ReadOnce(client));
        await Eventually.True(() => node.State.Live.Count == 0, "closed");
    }

    private static ServerModel Server(EdgeNode node, int index = 0) => node.State.Routes.Current.PoolOf("web")!.Servers[index];

    private async Task<string> Lines()
    {
        await _log.DisposeAsync();
        return System.Text.Encoding.UTF8.GetString(_lines.ToArray());
    }

    [LinuxTheory]
    [InlineData("epoll")]
    [InlineData("sockets")]
    public async Task A_unix_socket_is_checked_and_served_and_shown_as_it_is_written(string transport)
    {
        using var at = new UnixServer();
        using var server = new EchoServer(readsHeader: true, at);
        await using (var node = await Start($"servers = [\"{at.EndPoint}\"], health.interval = 2s", $"transport.kind = {transport}"))
        {
            await Eventually.True(() => Server(node).State.Health is { ChecksPassed: > 0 }, "checked");
            await Exchange(node);
            var shown = Assert.IsType<TableAnswer>(await OperatorAnswer(node, "backends", "web"));
            Assert.Equal((at.EndPoint.ToString(), at.EndPoint.ToString(), "UP"),
                (shown.Cell(0, "server"), shown.Cell(0, "address"), shown.Cell(0, "state")));
        }
        Assert.Contains($" server=web/{at.EndPoint} ", await Lines(), StringComparison.Ordinal);
    }

    private static async Task<Answer> OperatorAnswer(EdgeNode node, params string[] words)
    {
        await foreach (var answer in node.Operator.Run(words, Access.Full, CancellationToken.None))
            return answer;
        throw new InvalidOperationException("no answer");
    }

    [LinuxFact]
    public async Task A_refused_address_is_followed_by_the_next_one_of_the_name()
    {
        using var server = new EchoServer(readsHeader: true);
        _names.Known["web.internal"] = [Refusing, IPAddress.Loopback];
        await using var node = await Start(
            $"servers = [\"web.internal:{server.EndPoint.Port}\"], health.enabled = off, retries = 1, redispatch = off, retry-delay = 1h");
        await Exchange(node);
        Assert.Equal(1, node.State.Routes.Current.PoolOf("web")!.Traffic.Retries);
        Assert.Equal(Refusing, ((IPEndPoint)Server(node).EndPoint).Address);
    }

    [LinuxFact]
    public async Task Without_retries_the_next_address_is_not_tried()
    {
        using var server = new EchoServer(readsHeader: true);
        _names.Known["web.internal"] = [Refusing, IPAddress.Loopback];
        await using var node = await Start($"servers = [\"web.internal:{server.EndPoint.Port}\"], health.enabled = off, retries = 0");
        using var client = await Connect(node);
        Assert.Equal(0, await Transport.LinkHarness.ReadOnce(client));
    }

    [LinuxFact]
    public async Task A_check_finds_the_address_that_answers_and_new_connections_go_there()
    {
        using var server = new EchoServer(readsHeader: true);
        _names.Known["web.internal"] = [Refusing, IPAddress.Loopback];
        await using (var node = await Start(
            $"servers = [{{ name = s1, address = \"web.internal:{server.EndPoint.Port}\" }}], retries = 0, "
                + "health { initial = down, rise = 1, interval = 2s }"))
        {
            await Eventually.True(() => Server(node) is { Up: true } up && up.EndPoint.Equals(server.EndPoint), "up at the other address");
            await Exchange(node);
        }
        Assert.Contains($"server web/s1 (127.0.0.2:{server.EndPoint.Port}) does not answer there, but at {server.EndPoint}", await Lines(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_without_an_address_is_down_by_its_host_name()
    {
        await using (var node = await Start(
            "servers = [{ name = s1, address = \"web.internal:443\" }], resolve.at-start = optional, "
                + "health { interval = 100ms, timeout = 100ms }"))
            await Eventually.True(() => !Server(node).Up, "down");
        Assert.Contains("server web/s1 (web.internal:443) is DOWN: L4CON no address", await Lines(), StringComparison.Ordinal);
    }

    [LinuxFact]
    public async Task A_reload_gives_new_connections_another_keepalive()
    {
        using var server = new EchoServer(readsHeader: true);
        var keys = $"servers = [\"{server.EndPoint}\"], health.enabled = off";
        await using var node = await Start(keys);
        using var old = await Connect(node);
        Assert.Equal(Hello, await Transport.LinkHarness.ReadExactly(old, Hello.Length));
        await node.Reload(Settings($"{keys}, timeouts.keepalive = 2m"));
        using var young = await Connect(node);
        Assert.Equal(Hello, await Transport.LinkHarness.ReadExactly(young, Hello.Length));
        await Eventually.True(() => NextProbe(young) is not null, "a timer of the new connection");
        Assert.Null(NextProbe(old));

        static TimeSpan? NextProbe(Socket client) => Transport.KernelConnection.At(client.RemoteEndPoint, client.LocalEndPoint)?.NextProbe;
    }

    [LinuxFact]
    public async Task A_server_that_an_address_adds_is_checked()
    {
        using var server = new EchoServer(readsHeader: true);
        _names.Known["web.internal"] = [Refusing];
        await using var node = await Start(
            $"servers = [{{ name = s1, address = \"web.internal:{server.EndPoint.Port}\", addresses = all }}], resolve.interval = 20ms, "
            + "health { initial = down, rise = 1, interval = 100ms, timeout = 100ms }");
        _names.Known["web.internal"] = [Refusing, IPAddress.Loopback];
        await Eventually.True(
            () => node.State.Routes.Current.PoolOf("web")!.Servers is [{ Up: false }, { Up: true, Name: "s1/127.0.0.1" }],
            "the new one is up");
        await Exchange(node);
    }
}
