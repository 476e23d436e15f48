using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using EdgeActors.Statistics;
using EdgeActors.Tests.Protocol;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.EndToEnd;

/// <summary>What a whole Edge writes of the connections that it carries.</summary>
public sealed class LogSpecs : IDisposable
{
    private const string Name = "demo.fiscalismia.com";

    private readonly OddServer _server = OddServer.That(static async socket => await Client.ReadToEnd(socket));

    public void Dispose() => _server.Dispose();

    private Task<EdgeUnderTest> Edge(string log, string listener = "", string server = "", string drop = "") => EdgeUnderTest.Start($$"""
        edge {
          listeners { https { bind = "127.0.0.1:0", rate-limit = off, {{listener}} } }
          routes    { "{{Name}}" = web }
          backends  { web { servers = [{ address = "{{_server.EndPoint}}", {{server}} }], proxy-protocol = off, health { enabled = off } } }
          log { {{log}} }
          silent-drop { {{drop}} }
        }
        """);

    private static async Task<Socket> Open(EdgeUnderTest edge, string hello)
    {
        var client = await Client.Connect(edge.EndPoint);
        await client.SendAsync(HelloBytes.Recorded(hello));
        return client;
    }

    private static Task<string> Step(EdgeUnderTest edge, string step, EndPoint client) =>
        edge.Log.WaitFor(line => LogLine.Is(line, step, client), $"{step} {client}");

    [Fact]
    public async Task A_connection_says_what_it_comes_to_step_by_step()
    {
        await using var edge = await Edge("");
        using var client = await Open(edge, "curl-h2.bin");
        var self = client.LocalEndPoint!;
        await Step(edge, "CONNECT", self);
        client.Dispose();
        var close = await edge.Closed(self);
        Assert.Equal(
            ["ACCEPT", "TCP-REQ-CONT", "CONNECT", "CLOSE"],
            edge.Log.Lines.Where(line => $"{line} ".Contains($" client={self} ", StringComparison.Ordinal))
                .Select(line => line.Split(' ')[1]));
        var request = new LogLine(await Step(edge, "TCP-REQ-CONT", self));
        Assert.Equal((Name, "web"), (request["sni"], request["backend"]));
        Assert.DoesNotContain(" ja4=", request.ToString());
        Assert.Equal(("1", "1", "0", "0", "0"), (close["ac"], close["fc"], close["bc"], close["sc"], close["bq"]));
        foreach (var timer in (string[])["peek_ms", "wait_ms", "connect_ms", "joined_ms", "total_ms"])
            Assert.InRange(int.Parse(close[timer]), 0, 60_000);
    }

    [Fact]
    public async Task The_counts_of_a_close_are_of_its_moment()
    {
        await using var edge = await Edge("");
        var clients = new Socket[4];
        for (var i = 0; i < clients.Length; i++)
        {
            clients[i] = await Open(edge, "curl-h2.bin");
            await Step(edge, "CONNECT", clients[i].LocalEndPoint!);
        }
        for (var left = clients.Length; left > 0; left--)
        {
            var self = clients[left - 1].LocalEndPoint!;
            clients[left - 1].Dispose();
            // As HAProxy has it: of process and listener it is still one, of backend and server no more.
            var close = await edge.Closed(self);
            Assert.Equal(
                ($"{left}", $"{left}", $"{left - 1}", $"{left - 1}"), (close["ac"], close["fc"], close["bc"], close["sc"]));
            // It is taken out of them a moment after it has had its line.
            await Eventually.True(
                () =>
                    edge.Node.State.Live.Count < left && StatRows.Read(edge.Node.State).All(row => row.Traffic.Current < left), () =>
                        $"{left} are still counted");
        }
        await edge.ShouldHoldNothing();
    }

    [Fact]
    public async Task One_that_waited_says_how_many_were_ahead_and_how_long()
    {
        await using var edge = await Edge("", server: "maxconn = 1");
        var first = await Open(edge, "curl-h2.bin");
        await Step(edge, "CONNECT", first.LocalEndPoint!);
        var waiting = new List<Socket>();
        for (var i = 0; i < 2; i++)
        {
            waiting.Add(await Open(edge, "curl-h2.bin"));
            await Step(edge, "TCP-REQ-CONT", waiting[i].LocalEndPoint!);
            await Eventually.True(
                () => edge.Node.State.Live.Records.Any(record => record.QueuedBehind == i && record.PeekedAt != 0), () => "it waits");
        }
        await Eventually.True(() => edge.Node.State.Live.Records.Any(record => record.QueuedBehind == 1), () => "the second waits");
        first.Dispose();
        for (var i = 0; i < 2; i++)
        {
            var self = waiting[i].LocalEndPoint!;
            await Step(edge, "CONNECT", self);
            waiting[i].Dispose();
            var close = await edge.Closed(self);
            Assert.Equal($"{i}", close["bq"]);
            Assert.True(int.Parse(close["wait_ms"]) >= int.Parse(close["peek_ms"]), close.ToString());
        }
    }

    [Fact]
    public async Task Every_line_of_a_json_log_is_an_object()
    {
        string[] lines;
        EndPoint self;
        var edge = await Edge("format = json, level = debug, hello = on");
        await using (edge)
        {
            using var client = await Open(edge, "curl-h2.bin");
            self = client.LocalEndPoint!;
            await edge.Log.WaitFor("\"step\":\"CONNECT\"");
        }
        lines = [.. edge.Log.Lines];
        var objects = lines.Select(static line => JsonNode.Parse(line)!.AsObject()).ToArray();
        Assert.All(objects, static line => Assert.True(line.ContainsKey("step") != line.ContainsKey("message")));
        Assert.Equal(
            ["ACCEPT", "TCP-REQ-CONT", "CONNECT", "CLOSE"],
            objects.Where(line => line.ContainsKey("step") && (int)line["client_port"]! == ((IPEndPoint)self).Port)
                .Select(static line => (string?)line["step"]));
        var request = Assert.Single(objects, static line => (string?)line["step"] == "TCP-REQ-CONT");
        Assert.Equal("t13d3112h2_e8f1e7e78f70_b26ce05bbdd6", (string?)request["ja4"]);
        Assert.Equal(["h2", "http/1.1"], request["alpn"]!.AsArray().Select(static name => (string)name!));
    }

    [Fact]
    public async Task A_process_that_logs_json_writes_nothing_else_from_its_start_to_its_end()
    {
        using var folder = new TestFolder();
        var listener = Loopback.NextEndPoint();
        var config = folder.Write("edge.conf", $$"""
            edge {
              listeners { https { bind = "{{listener}}" } }
              routes    { "{{Name}}" = web }
              backends  { web { servers = ["{{_server.EndPoint}}"] } }
              log { format = json, level = debug }
            }
            """);
        await using var edge = EdgeProcess.Start("run", "-c", config);
        await Eventually.True(() => Loopback.IsListening(listener), () => $"it does not listen:\n{edge.Out.Text}\n{edge.Err.Text}");
        await edge.Signal("TERM");
        Assert.Equal(0, await edge.Exit());
        Assert.All(edge.Out.Lines, static line => JsonNode.Parse(line)!.AsObject());
        Assert.Contains(edge.Out.Lines, static line => line.Contains("\"message\":\"stopped\"", StringComparison.Ordinal));
        Assert.Contains(edge.Out.Lines, static line => line.Contains("CoordinatedShutdown", StringComparison.Ordinal));
        Assert.Equal("", edge.Err.Text);
    }

    [Theory]
    [InlineData("openssl30-multirecord.bin", "t13d3111px_e8f1e7e78f70_1f22a2ca17c4")]
    [InlineData("chromium156-1.bin", "t13d1517h2_8daaf6152771_cb7bf5808d99")]
    [InlineData("synth-records1.bin", "t13d311000_e8f1e7e78f70_1f22a2ca17c4")]
    public async Task A_client_is_known_by_its_hello(string hello, string ja4)
    {
        await using var edge = await Edge("hello = on");
        using var client = await Open(edge, hello);
        var request = new LogLine(await Step(edge, "TCP-REQ-CONT", client.LocalEndPoint!));
        Assert.Equal(ja4, request["ja4"]);
        Assert.StartsWith("1.3,1.2", request["tls"]);
    }

    [Fact]
    public async Task An_invalid_name_is_shown_escaped()
    {
        await using var edge = await Edge("hello = off");
        using var client = await Client.Connect(edge.EndPoint);
        await client.SendAsync(HelloBytes.With(HelloBytes.ServerName("10.0.0.1 x"u8)));
        var close = await edge.Closed(client.LocalEndPoint!);
        Assert.Equal(("INVALID_SNI", "10.0.0.1%20x"), (close["reason"], close["sni"]));
    }

    [Fact]
    public async Task A_client_that_is_dropped_is_known_by_its_hello_too()
    {
        await using var edge = await Edge("hello = on");
        using var client = await Client.Connect(edge.EndPoint);
        await client.SendAsync(HelloBytes.With(HelloBytes.ServerName("other.test"u8), HelloBytes.Alpn("h2", "a b")));
        var close = await edge.Closed(client.LocalEndPoint!);
        Assert.Equal(("UNKNOWN_SNI", "h2,a%20b", "1.2"), (close["reason"], close["alpn"], close["tls"]));
        // 0000 of HelloBytes for each of its two suites; nothing but name and protocols among the extensions.
        Assert.StartsWith("t12d0202h2_", close["ja4"]);
        Assert.EndsWith("_000000000000", close["ja4"]);
    }

    [Fact]
    public async Task Of_a_flood_a_few_are_logged_and_all_are_counted()
    {
        const int Flood = 400;
        await using var edge = await Edge("drops { sample = 100 }", listener: "deny = [\"127.0.0.2\"]", drop: "kernel = off");
        using var client = await Open(edge, "curl-h2.bin");
        await Step(edge, "CONNECT", client.LocalEndPoint!);
        for (var i = 0; i < Flood; i++)
            (await Client.Connect(edge.EndPoint, "127.0.0.2")).Dispose();
        await Eventually.True(
            () => edge.Node.State.Meters.ClosedTotal(EdgeActors.Transport.CloseReason.Denied) == Flood, () => "all are dropped");
        await Eventually.True(() => LeftOut(edge.Log) == Flood - 4, () => $"{LeftOut(edge.Log)} told of {Flood - 4}:\n{edge.Log.Text}");
        Assert.Equal(Flood - 4, edge.Node.State.Log.LeftOut);
        Assert.Equal(4, edge.Log.Lines.Count(static line => LogLine.Is(line, "CLOSE")));
        // That of the client that is served: denied ones have a CLOSE only.
        Assert.Single(edge.Log.Lines, static line => LogLine.Is(line, "ACCEPT"));
    }

    private static int LeftOut(LineLog log) => log.Lines
        .Where(static line => LogLine.Is(line, "DROPS"))
        .Sum(static line => int.Parse(line.Split("left out ")[1].Split(": DENIED ")[0]));
}
