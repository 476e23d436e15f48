using System.Diagnostics;
using System.Net.Sockets;
using EdgeActors.Config;
using EdgeActors.Connection;
using EdgeActors.Tests.Peek;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.EndToEnd;

/// <summary>The configuration changes under load, and nobody but the operator sees it.</summary>
[Collection(Heavy.Name)]
public sealed class ReloadSpecs(ITestOutputHelper output)
{
    private const int Held = 2000, ASecond = 200, Reloads = 50;

    /// <summary>Says its letter, then sends back whatever comes.</summary>
    private static OddServer Named(char letter) => OddServer.That(async socket =>
    {
        socket.NoDelay = true;
        await socket.SendAsync(new[] { (byte)letter });
        var buffer = new byte[4096];
        while (await socket.ReceiveAsync(buffer) is var got and > 0)
            await socket.SendAsync(buffer.AsMemory(0, got));
    });

    /// <returns>What the server says first; 0 where it says nothing.</returns>
    private static async Task<char> Read(Socket socket, CancellationToken cancel)
    {
        var one = new byte[1];
        return await socket.ReceiveAsync(one, cancel) == 1 ? (char)one[0] : '\0';
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("sockets")]
    public async Task Fifty_reloads_under_load_cost_nobody_a_connection(string transport)
    {
        using var a = Named('A');
        using var b = Named('B');
        using var here = Named('M');
        using var there = Named('M');
        // With "initial = down", a server whose health were forgotten would have no connection for two checks.
        string Config(int generation) => $$"""
            edge {
              listeners {
                https { bind = "127.0.0.1:0", rate-limit { limit = 1000000 }, hello-timeout = {{(generation % 3 == 0 ? 4 : 5)}}s }
                {{(generation % 2 == 1 ? "more { bind = \"127.0.0.1:0\", rate-limit = off }" : "")}}
              }
              routes {
                "a.test" = a, "b.test" = b, "m.test" = m
                {{(generation % 2 == 1 ? "\"extra.test\" = b, \"*.below.test\" = a" : "")}}
              }
              backend-defaults { proxy-protocol = off, health { interval = 200ms, timeout = 200ms, fall = 50, rise = 2, initial = down } }
              backends {
                a { servers = ["{{a.EndPoint}}"], retries = {{generation % 5}} }
                {{(generation % 2 == 1 ? $"gone {{ servers = [\"{a.EndPoint}\"] }}" : "")}}
                b { servers = [{ name = b, address = "{{b.EndPoint}}" }] }
                m { health.enabled = off, servers = [{ name = m, address = "{{(generation % 2 == 1 ? there : here).EndPoint}}" }, { name = stays, address = "{{here.EndPoint}}" }] }
              }
              transport { kind = {{transport}} }
            }
            """;
        await using var edge = await EdgeUnderTest.Start(Config(0));
        await Eventually.True(() => edge.Node.Checks.Statuses.All(static status => status.Up), () => "the servers are not up");
        using var ending = new CancellationTokenSource(TimeSpan.FromMinutes(2));

        async Task<Socket> Ask(char letter)
        {
            var socket = await Client.Connect(edge.EndPoint);
            await socket.SendAsync(HelloBytes.ForName($"{char.ToLowerInvariant(letter)}.test"));
            Assert.Equal(letter, await Read(socket, ending.Token));
            return socket;
        }
        var held = new List<(Socket Socket, char Letter)>();
        foreach (var some in Enumerable.Range(0, Held).Chunk(100))
            held.AddRange(await Task.WhenAll(some.Select(async i => (await Ask("ABM"[i % 3]), "ABM"[i % 3]))));

        using var enough = CancellationTokenSource.CreateLinkedTokenSource(ending.Token);
        var comeAndGo = Task.Run(async () =>
        {
            var asked = new List<Task>();
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / ASecond));
            while (!enough.IsCancellationRequested && await timer.WaitForNextTickAsync(CancellationToken.None))
            {
                var letter = "ABM"[asked.Count % 3];
                asked.Add(Task.Run(async () => (await Ask(letter)).Dispose()));
            }
            await Task.WhenAll(asked);
            return asked.Count;
        });
        var since = Stopwatch.GetTimestamp();
        for (var generation = 1; generation <= Reloads; generation++)
        {
            // Some twenty connections come by each configuration.
            await Task.Delay(100, ending.Token);
            var read = EdgeSettingsReader.ReadText(Config(generation), "test", _ => null);
            Assert.Empty(read.Mistakes);
            Assert.NotEmpty(await edge.Node.Reload(read.Settings!));
            Assert.All(edge.Node.Checks.Statuses, static status => Assert.True(status.Up || status.Backend == "gone", $"{status.Backend} is not known any more"));
            Assert.Equal(generation % 2 == 1 ? 2 : 1, edge.Node.Entrances.Count);
        }
        var took = Stopwatch.GetElapsedTime(since);
        await enough.CancelAsync();
        var came = await comeAndGo;
        output.WriteLine($"{Reloads} reloads in {took.TotalSeconds:F1} s; {came} connections came meanwhile, {Held} were held");
        Assert.True(came >= Reloads, $"only {came} connections");

        // Each of those that were there at the beginning still leads to its server.
        foreach (var (socket, letter) in held)
        {
            await socket.SendAsync(new[] { (byte)letter });
            // The hello comes back ahead of it.
            var echo = new byte[HelloBytes.ForName("a.test").Length + 1];
            for (var got = 0; got < echo.Length;)
            {
                var more = await socket.ReceiveAsync(echo.AsMemory(got), ending.Token);
                Assert.True(more > 0, "a held connection was closed");
                got += more;
            }
            Assert.Equal((byte)letter, echo[^1]);
        }
        var generations = edge.Node.Generations.All;
        Assert.Equal((1L, Held), (generations[0].Number, generations[0].Connections));
        Assert.Equal(Reloads + 1, edge.Node.Generations.Current);
        held.ForEach(static one => one.Socket.Dispose());
        await edge.ShouldHoldNothing();
        var bad = Enum.GetValues<CloseReason>().Where(reason => reason is not (CloseReason.Finished or CloseReason.ClientReset) && edge.Node.Meters.ClosedTotal(reason) > 0);
        Assert.Empty(bad);
        Assert.All(edge.Node.Routes.Current.Backends, static entry => Assert.All(entry.Pool.Servers, static server => Assert.Equal(0, server.Connections)));
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("sockets")]
    public async Task A_listener_moves_closes_and_comes_back_with_other_limits(string transport)
    {
        using var server = Named('A');
        var (first, second) = (Loopback.NextEndPoint(), Loopback.NextEndPoint());
        string Config(string listeners) => $$"""
            edge {
              listeners { {{listeners}} }
              routes { "a.test" = a }
              backends { a { servers = ["{{server.EndPoint}}"], proxy-protocol = off, health.enabled = off } }
              transport { kind = {{transport}} }
            }
            """;
        async Task<bool> Served(System.Net.IPEndPoint at)
        {
            using var socket = await Client.Connect(at);
            await socket.SendAsync(HelloBytes.ForName("a.test"));
            using var soon = new CancellationTokenSource(Eventually.Deadline);
            try
            {
                return await Read(socket, soon.Token) == 'A';
            }
            catch (SocketException)
            {
                return false;
            }
        }
        async Task<IReadOnlyList<string>> Reload(EdgeUnderTest edge, string listeners) =>
            await edge.Node.Reload(EdgeSettingsReader.ReadText(Config(listeners), "test", _ => null).Settings!);

        await using var edge = await EdgeUnderTest.Start(Config($"https {{ bind = \"{first}\", rate-limit = off }}"));
        Assert.True(await Served(first));
        using var open = await Client.Connect(first);
        await open.SendAsync(HelloBytes.ForName("a.test"));

        Assert.Equal([$"listener https is on {second} now"], await Reload(edge, $"https {{ bind = \"{second}\", rate-limit = off }}"));
        Assert.True(await Served(second));
        await Assert.ThrowsAsync<SocketException>(() => Served(first));
        using var soon = new CancellationTokenSource(Eventually.Deadline);
        Assert.Equal('A', await Read(open, soon.Token));

        // What cannot be bound changes nothing, and all of it is told.
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        taken.Listen();
        using var takenToo = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        takenToo.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        takenToo.Listen();
        var refused = await Assert.ThrowsAsync<EdgeActors.Accept.BindException>(() => Reload(edge, $$"""
            https { bind = ["{{first}}", "{{taken.LocalEndPoint}}"], rate-limit = off }, more { bind = "{{takenToo.LocalEndPoint}}" }, new { bind = "{{Loopback.NextEndPoint()}}" }
            """));
        Assert.Equal(2, refused.Message.Split('\n').Length);
        Assert.Contains($"listener more cannot listen on {takenToo.LocalEndPoint}: another program listens there already", refused.Message, StringComparison.Ordinal);
        Assert.True(await Served(second));
        await Assert.ThrowsAsync<SocketException>(() => Served(first));
        Assert.Equal(2, edge.Node.Generations.Current);

        await Reload(edge, $"other {{ bind = \"{first}\", rate-limit = off }}");
        await Assert.ThrowsAsync<SocketException>(() => Served(second));
        Assert.True(await Served(first));
        await Reload(edge, $"https {{ bind = \"{second}\", deny = [\"127.0.0.1\"] }}, other {{ bind = \"{first}\", rate-limit = off }}");
        using var denied = await Client.Connect(second);
        Assert.Equal("DENIED", (await edge.Closed(denied.LocalEndPoint!))["reason"]);
        Assert.True(await Served(first));
    }

    [Fact]
    public async Task A_file_with_a_mistake_changes_nothing_and_each_way_to_reload_follows_a_good_one()
    {
        using var a = Named('A');
        using var b = Named('B');
        using var folder = new TestFolder();
        string Write(string backend, string more = "") => folder.Write("edge.conf", $$"""
            edge {
              listeners { https { bind = "127.0.0.1:0", rate-limit = off } }
              routes { "x.test" = {{backend}} }
              backends { a { servers = ["{{a.EndPoint}}"] }, b { servers = ["{{b.EndPoint}}"] } }
              backend-defaults { proxy-protocol = off, health.enabled = off }
              control.socket = "{{folder.File("ctl.sock")}}"
              reload.watch = 100ms
              {{more}}
            }
            """);
        await using var edge = EdgeProcess.Start("run", "-c", Write("a", more: "reload.watch = off"));
        var at = await EdgeProcess.Listening(edge);
        await edge.Out.WaitFor("control socket");
        Task<ToolResult> Ctl(params string[] words) => EdgeProcess.Run(["ctl", "--socket", folder.File("ctl.sock"), .. words]);
        async Task<char> Asked()
        {
            using var socket = await Client.Connect(at);
            await socket.SendAsync(HelloBytes.ForName("x.test"));
            using var soon = new CancellationTokenSource(Eventually.Deadline);
            return await Read(socket, soon.Token);
        }
        Assert.Equal('A', await Asked());

        Write("c", more: "limits.max-peeks = none");
        var refused = await Ctl("reload");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("edge.routes.\"x.test\"", refused.Err, StringComparison.Ordinal);
        Assert.Contains("max-peeks", refused.Err, StringComparison.Ordinal);
        Assert.Contains("2 mistake(s), nothing was changed", refused.Err, StringComparison.Ordinal);
        Assert.Equal('A', await Asked());

        Write("b", more: "reload.watch = off");
        var done = (await Ctl("reload")).ShouldSucceed().Out;
        Assert.Matches(@"(?m)^generation +2$", done);
        Assert.Contains("routes: 0 added, 0 removed, 1 led elsewhere", done, StringComparison.Ordinal);
        Assert.Equal('B', await Asked());

        Write("a");
        await edge.Signal("HUP");
        await edge.Out.WaitFor("generation 3");
        Assert.Equal('A', await Asked());
    }

    [Fact]
    public async Task Files_that_are_watched_are_followed_when_they_have_changed()
    {
        using var a = Named('A');
        using var folder = new TestFolder();
        // At once, as its mistakes are counted: a reading in the middle of it could find some more.
        string Put(string name, string text)
        {
            File.Move(folder.Write("next", text), folder.File(name), overwrite: true);
            return folder.File(name);
        }
        void Route(string name) => Put("routes.conf", $$"""edge.routes { "{{name}}" = a }""");
        string Write(string more = "") => Put("edge.conf", $$"""
            edge {
              listeners { https { bind = "127.0.0.1:0", rate-limit = off } }
              backends { a { servers = ["{{a.EndPoint}}"], proxy-protocol = off, health.enabled = off } }
              reload.watch = 50ms
            }
            include "routes.conf"
            {{more}}
            """);
        Route("x.test");
        await using var edge = EdgeProcess.Start("run", "-c", Write());
        Task Told(string part, int times) => Eventually.True(
            () => edge.Out.Lines.Count(line => line.Contains(part, StringComparison.Ordinal)) == times, () => edge.Out.Text);
        await EdgeProcess.Listening(edge);
        // It listens before it watches, and knows all the same that this is not what it has read.
        Route("y.test");
        await Told("routes: 1 added, 1 removed, 0 led elsewhere", 1);
        Write("edge.limits.max-peeks = none");
        await Told("nothing was changed", 1);
        Write("edge.limits.max-peeks = nothing");
        await Told("nothing was changed", 2);
        Write("edge.reload.watch = off");
        await Told("generation 3", 1);
        Route("z.test");
        await edge.Signal("HUP");
        await Told("routes: 1 added, 1 removed, 0 led elsewhere", 2);
        await Told("generation 4", 1);
    }
}
