using System.Net;
using System.Net.Sockets;
using EdgeActors.Cluster;
using EdgeActors.Tests.Protocol;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Cluster;

/// <summary>Two nodes, and what the operator's HTTP of one of them has of the other.</summary>
public sealed class ClusterPageSpecs : IAsyncLifetime
{
    private readonly OddServer _server = OddServer.That(static async socket =>
    {
        var buffer = new byte[1024];
        while (await socket.ReceiveAsync(buffer) is var got and > 0)
            await socket.SendAsync(buffer.AsMemory(0, got));
    });

    private EdgeUnderTest _a = null!, _b = null!;

    public async ValueTask InitializeAsync()
    {
        var (a, b) = (Loopback.NextEndPoint(), Loopback.NextEndPoint());
        _a = await EdgeUnderTest.Start(Config("a", a, b, "http"));
        _b = await EdgeUnderTest.Start(Config("b", b, a, "tcp"));
        await Eventually.True(() => IsUp(_a) && IsUp(_b), () => $"one cluster: {_a.Node.Gateway.Picture}");
    }

    public async ValueTask DisposeAsync()
    {
        await _a.DisposeAsync();
        await _b.DisposeAsync();
        _server.Dispose();
    }

    private static bool IsUp(EdgeUnderTest node) =>
        node.Node.Gateway is { Picture: { State: ClusterState.Up, Members.Count: 2 }, Peers: not null };

    /// <summary>The server speaks no HTTP, so that a node that checks it so sees it down, and one that only connects sees it up.</summary>
    private string Config(string name, IPEndPoint self, IPEndPoint other, string check) => $$"""
        edge {
          listeners { https { bind = "127.0.0.1:0", rate-limit = off } }
          routes { "www.example.org" = web, "open.example.org" = open }
          backend-defaults { proxy-protocol = off, health { interval = 2s, timeout = 2s, fall = 1, check = {{check}} } }
          backends { web { servers = [{ name = s1, address = "{{_server.EndPoint}}" }] }, open { servers = ["{{_server.EndPoint}}"], health.enabled = off } }
          admin { bind = "127.0.0.1:0", health-bind = "127.0.0.1:0", user = operator, password = secret }
          cluster { enabled = on, name = {{name}}, bind = "{{self}}", seeds = ["{{self}}", "{{other}}"] }
        }
        """;

    private static async Task<Socket> Connect(EdgeUnderTest edge)
    {
        var client = await Client.Connect(edge.EndPoint);
        var hello = HelloBytes.ForName("open.example.org");
        await client.SendAsync(hello);
        var back = new byte[hello.Length];
        for (var got = 0; got < back.Length;)
            got += await client.ReceiveAsync(back.AsMemory(got));
        return client;
    }

    [Fact]
    public async Task A_backend_that_is_down_here_and_up_elsewhere_is_told_as_such()
    {
        await Eventually.True(
            () => Http.Get(_a.Health, "/ready").GetAwaiter().GetResult() is { Status: HttpStatusCode.ServiceUnavailable } answer
                && answer.Body == "backend web has no server that is up here, while other nodes see s1 up: it may be this node's own network\n",
            () => Http.Get(_a.Health, "/ready").GetAwaiter().GetResult().Body);
        (await Http.Get(_b.Health, "/ready")).ShouldBe(HttpStatusCode.OK);
        Assert.Contains(
            "\"elsewhere\":\"up on 1 of 1\"",
            (await Http.Get(_a.Admin, "/api/backends/web", "operator:secret")).Body,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_tell_of_the_cluster()
    {
        var lines = (await Http.Get(_a.Admin, "/metrics?family=edge", "operator:secret")).ShouldBe(HttpStatusCode.OK).Body.Split('\n');
        var other = _b.Node.Gateway.Picture.Members.Single(static member => member.IsSelf).Address;
        foreach (var line in new[] { "edge_cluster_joined 1", "edge_cluster_members 2", "edge_cluster_members_unreachable 0", "edge_cluster_incarnations_total 1", $"edge_cluster_member_up{{node=\"b\",address=\"{other}\"}} 1", "edge_cluster_decisions_total{by=\"alone\"} 0" })
            Assert.Contains(line, lines);
    }

    [RequiresToolFact("chromium")]
    public async Task The_page_of_one_node_shows_and_kills_the_connections_of_the_other()
    {
        using var here = await Connect(_a);
        using var there = await Connect(_b);
        await using var browser = await Chromium.Start();
        browser.LogIn("operator", "secret");
        await browser.Open($"http://{_a.Admin}/stats");
        await browser.WaitFor("!document.querySelector('#nodes').hidden && [...document.querySelector('#node').options].map(one => one.value).join() === ',*,b'");
        await browser.WaitFor("document.querySelectorAll('#connections tbody tr').length === 1");
        await browser.WaitFor("document.querySelector('#servers').innerText.includes('elsewhere up on 1 of 1')");

        await Choose(browser, "*");
        await browser.WaitFor("document.querySelectorAll('#connections tbody tr').length === 2");
        await Choose(browser, "b");
        await browser.WaitFor("document.querySelectorAll('#connections tbody tr').length === 1 && document.querySelector('#connections tbody').innerText.includes('b ')");
        await browser.Evaluate<string>("document.querySelector('#connections tbody button').click(), ''");
        Assert.Equal(0, await Client.ReadToEnd(there));
        Assert.Single(_a.Node.State.Live.Records);
    }

    private static Task<bool> Choose(Chromium browser, string node) =>
        browser.Evaluate<bool>(
            $"(document.querySelector('#node').value = '{node}', document.querySelector('#filter').dispatchEvent(new Event('input')))");
}
