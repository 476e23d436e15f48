using System.Diagnostics;
using System.Net.Sockets;
using EdgeActors.Config;
using EdgeActors.Tests.Protocol;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.EndToEnd;

/// <summary>The configuration changes, and nobody but the operator sees it.</summary>
public sealed class ReloadSpecs
{
    /// <summary>Says its letter, then sends back whatever comes.</summary>
    internal static OddServer Named(char letter) => OddServer.That(async socket =>
    {
        socket.NoDelay = true;
        await socket.SendAsync(new[] { (byte)letter });
        var buffer = new byte[4096];
        while (await socket.ReceiveAsync(buffer) is var got and > 0)
            await socket.SendAsync(buffer.AsMemory(0, got));
    });

    /// <returns>What the server says first; 0 where it says nothing.</returns>
    internal static async Task<char> Read(Socket socket, CancellationToken cancel)
    {
        var one = new byte[1];
        return await socket.ReceiveAsync(one, cancel) == 1 ? (char)one[0] : '\0';
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
            (await edge.Node.Reload(EdgeSettingsReader.ReadText(Config(listeners), "test", _ => null).Settings!)).Changes;

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
        var refused = await Assert.ThrowsAsync<EdgeActors.Listening.BindException>(() => Reload(edge, $$"""
            https { bind = ["{{first}}", "{{taken.LocalEndPoint}}"], rate-limit = off }, more { bind = "{{takenToo.LocalEndPoint}}" }, new { bind = "{{Loopback.NextEndPoint()}}" }
            """));
        Assert.Equal(2, refused.Message.Split('\n').Length);
        Assert.Contains(
            $"listener more cannot listen on {takenToo.LocalEndPoint}: another program listens there already",
            refused.Message,
            StringComparison.Ordinal);
        Assert.True(await Served(second));
        await Assert.ThrowsAsync<SocketException>(() => Served(first));
        Assert.Equal(2, edge.Node.State.Generations.Current);

        await Reload(edge, $"other {{ bind = \"{first}\", rate-limit = off }}");
        await Assert.ThrowsAsync<SocketException>(() => Served(second));
        Assert.True(await Served(first));
        await Reload(edge, $"https {{ bind = \"{second}\", deny = [\"127.0.0.1\"] }}, other {{ bind = \"{first}\", rate-limit = off }}");
        using var denied = await Client.Connect(second);
        Assert.Equal("DENIED", (await edge.Closed(denied.LocalEndPoint!, "https"))["reason"]);
        Assert.True(await Served(first));
    }

    [Fact]
    public async Task A_file_with_a_error_changes_nothing_and_each_way_to_reload_follows_a_good_one()
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
        Assert.Contains("2 error(s), nothing was changed", refused.Err, StringComparison.Ordinal);
        Assert.Equal('A', await Asked());

        Write("b", more: "reload.watch = off");
        var done = (await Ctl("reload")).ShouldSucceed().Out;
        Assert.Matches(@"(?m)^generation +2$", done);
        Assert.Contains("routes: 0 added, 0 removed, 1 changed", done, StringComparison.Ordinal);
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
        // At once, as its errors are counted: a reading in the middle of it could find some more.
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
        await Told("routes: 1 added, 1 removed, 0 changed", 1);
        Write("edge.limits.max-peeks = none");
        await Told("nothing was changed", 1);
        Write("edge.limits.max-peeks = nothing");
        await Told("nothing was changed", 2);
        Write("edge.reload.watch = off");
        await Told("generation 3", 1);
        Route("z.test");
        await edge.Signal("HUP");
        await Told("routes: 1 added, 1 removed, 0 changed", 2);
        await Told("generation 4", 1);
    }
}
