using System.Net.Sockets;
using System.Text.Json;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Control;

/// <summary><c>edge ctl</c> and other programs before a process of <c>edge run</c>.</summary>
public sealed class CtlSpecs : CtlHarness
{
    private Task<ToolResult> Ctl(params IEnumerable<string> words) => EdgeProcess.Run(["ctl", "--socket", Path, .. words]);

    [Fact]
    public async Task Verbs_are_answered_in_tables_for_people_and_json_for_programs()
    {
        var client = await Connect(Web);
        await Connect(Other);
        var status = (await Ctl("status")).ShouldSucceed();
        Assert.Matches(@"(?m)^state +running$", status.Out);
        Assert.Matches(@"(?m)^connections +2$", status.Out);
        Assert.Equal("", status.Err);

        var table = (await Ctl("connections", "--backend", "web", "--sort", "age")).ShouldSucceed().Out.TrimEnd('\n').Split('\n');
        Assert.Equal(2, table.Length);
        Assert.Contains($"  {client.LocalEndPoint}  {Web}  web      s1      joined ", table[1], StringComparison.Ordinal);
        Assert.DoesNotContain("\e", string.Join("", table));

        var json = (await Ctl("--json", "connections", "--backend=web")).ShouldSucceed().Out;
        using var document = JsonDocument.Parse(json);
        var one = Assert.Single(document.RootElement.GetProperty("connections").EnumerateArray());
        Assert.Equal(client.LocalEndPoint!.ToString(), one.GetProperty("client").GetString());
        Assert.Equal(1, one.GetProperty("generation").GetInt64());

        var drained = (await Ctl("server", "web/s1", "drain")).ShouldSucceed();
        Assert.Matches(@"(?m)^state +DRAIN$", drained.Out);
        await Edge.Out.WaitFor("operator: server web/s1 drain");
        Assert.Contains("an operator has taken it out of use", (await Ctl("route", Web)).ShouldSucceed().Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exit_codes_tell_what_went_wrong()
    {
        var typo = await Ctl("conections");
        Assert.Equal((2, "", "there is no verb 'conections'; did you mean 'connections'?\n"), (typo.ExitCode, typo.Out, typo.Err));
        var option = await Ctl("connections", "--sort", "byte");
        Assert.Equal((2, "", "--sort: 'byte' is not known here; did you mean 'bytes'?\n"), (option.ExitCode, option.Out, option.Err));
        var unknown = await Ctl("connections", "--backnd");
        Assert.Equal(
            (2, "", "connections has no option '--backnd'; did you mean '--backend'?\n"), (unknown.ExitCode, unknown.Out, unknown.Err));
        var missing = await Ctl("connection");
        Assert.Equal((2, ""), (missing.ExitCode, missing.Out));
        var nothing = await Ctl();
        Assert.Equal((2, ""), (nothing.ExitCode, nothing.Out));
        var notDone = await Ctl("connection", "999999");
        Assert.Equal((1, "", "there is no connection 999999; it may have ended\n"), (notDone.ExitCode, notDone.Out, notDone.Err));
        var nobody = await EdgeProcess.Run("ctl", "status", "--socket", Folder.File("nobody.sock"));
        Assert.Equal((3, ""), (nobody.ExitCode, nobody.Out));
        Assert.Contains(
            $"no Edge can be reached at {Folder.File("nobody.sock")}: there is no such file", nobody.Err, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_environment_names_the_socket_where_no_option_does()
    {
        var command = string.Join(' ', EdgeProcess.Command("ctl", "status").Select(static word => $"'{word}'"));
        var done = (await Tool.Run("sh", "-c", $"EDGE_SOCKET='{Path}' exec {command}")).ShouldSucceed();
        Assert.Contains("running", done.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_streams_until_it_is_interrupted()
    {
        await using var watch = EdgeProcess.Start("ctl", "--socket", Path, "watch", "--backend", "web");
        // Nothing is seen of what was before it began; from some moment on it sees what happens.
        await Eventually.True(() =>
        {
            Connect(Web).GetAwaiter().GetResult().Dispose();
            return watch.Out.Lines.Count > 0;
        }, () => $"nothing is seen: {watch.Err.Text}");
        await Connect(Other);
        var client = await Connect(Web);
        await watch.Out.WaitFor(
            line =>
                line.Contains($" client={client.LocalEndPoint} ", StringComparison.Ordinal)
                    && line.Contains(" CONNECT ", StringComparison.Ordinal),
            "CONNECT");
        await Ctl("kill", "--backend", "web");
        var closed = await watch.Out.WaitFor(
            line =>
                line.Contains($" client={client.LocalEndPoint} ", StringComparison.Ordinal)
                    && line.Contains(" CLOSE ", StringComparison.Ordinal),
            "CLOSE");
        Assert.EndsWith(" reason=KILLED", closed);
        Assert.DoesNotContain(watch.Out.Lines, static line => line.Contains(Other, StringComparison.Ordinal));
        await watch.Signal("INT");
        Assert.Equal(0, await watch.Exit());
    }

    [Fact]
    public async Task Two_hundred_at_once_are_all_answered()
    {
        var clients = Enumerable.Range(0, 200).Select(_ => ControlClientSocket.Connect(Path)).ToArray();
        foreach (var client in clients)
            Assert.Equal("running", (await client.Answer("status")).GetProperty("state").GetString());
        await Task.WhenAll(clients.Select(client => client.Answer("backends")));
        foreach (var client in clients)
            client.Dispose();
    }

    [Fact]
    public async Task A_watcher_that_does_not_read_and_garbage_cost_the_node_nothing()
    {
        using var deaf = ControlClientSocket.Connect(Path);
        var unread = deaf.Stream("watch");
        for (var round = 0; round < 20; round++)
        {
            using var garbage = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await garbage.ConnectAsync(new UnixDomainSocketEndPoint(Path));
            await garbage.SendAsync(System.Security.Cryptography.RandomNumberGenerator.GetBytes(1000));
        }
        for (var round = 0; round < 20; round++)
        {
            foreach (var client in await Connect(Web, 100))
                client.Dispose();
        }
        using var control = ControlClientSocket.Connect(Path);
        Assert.Equal("running", (await control.Answer("status")).GetProperty("state").GetString());
        await Connect(Web);
        (await unread).Dispose();
    }

    [Fact]
    public async Task A_stop_takes_the_file_along_and_one_left_behind_is_replaced()
    {
        var second = await EdgeProcess.Run("run", "-c", Folder.File("edge.conf"));
        Assert.Equal(
            (1, $"control.socket: another process listens on {Path}; expected a path for each of them\n"), (second.ExitCode, second.Err));
        Assert.True(File.Exists(Path));

        await Edge.Signal("KILL");
        await Edge.Exit();
        Assert.True(File.Exists(Path));
        Assert.Equal(3, (await Ctl("status")).ExitCode);

        await using var next = EdgeProcess.Start("run", "-c", Folder.File("edge.conf"));
        await next.Out.WaitFor("control socket");
        (await Ctl("status")).ShouldSucceed();
        await next.Signal("TERM");
        Assert.Equal(0, await next.Exit());
        Assert.False(File.Exists(Path));
    }

    [Fact]
    public async Task During_a_drain_one_may_look_and_end_it()
    {
        await Edge.Signal("KILL");
        await Edge.Exit();
        await using var edge = EdgeProcess.Start("run", "-c", Config(drain: "10m"));
        EndPoint = await EdgeProcess.Listening(edge);
        await edge.Out.WaitFor("control socket");
        var client = await Connect(Web);
        await edge.Signal("TERM");
        await edge.Out.WaitFor("draining 1 connection(s)");
        using var control = ControlClientSocket.Connect(Path);
        Assert.Equal("draining", (await control.Answer("status")).GetProperty("state").GetString());
        Assert.Equal(1, (await control.Answer("kill --all")).GetProperty("closed").GetInt64());
        Assert.Equal(0, await edge.Exit());
        Assert.Equal(0, await Client.ReadToEnd(client));
    }

    [RequiresToolFact("curl")]
    public async Task The_documented_commands_of_curl_are_answered()
    {
        var lines = File.ReadLines(System.IO.Path.Combine(Repository.Root, "docs", "ctl-protocol.md"));
        var commands = lines.Where(static line => line.StartsWith("curl ", StringComparison.Ordinal))
            .Select(line => line.Replace("/run/edge/ctl.sock", Path, StringComparison.Ordinal))
            .ToArray();
        Assert.NotEmpty(commands);
        foreach (var command in commands.Where(static command => !command.Contains("watch", StringComparison.Ordinal)))
            Assert.NotEmpty((await Tool.Run("sh", "-c", $"{command} --silent --show-error --fail")).ShouldSucceed().Out);

        await using var watch = new BackgroundProcess(
            "sh",
            "-c",
            $"exec {commands.Single(static command => command.Contains("watch", StringComparison.Ordinal))} --silent --show-error --fail");
        await Ctl("server", "web/s1", "ready");
        await Eventually.True(() =>
        {
            Connect(Web).GetAwaiter().GetResult().Dispose();
            return watch.Out.Lines.Any(static line => line.Contains("\"event\":\"CLOSE\"", StringComparison.Ordinal));
        }, () => $"nothing is seen: {watch.Out.Text}{watch.Err.Text}");
    }

    [RequiresToolFact("curl", "setpriv", Root = "it becomes another user")]
    public async Task Another_user_is_kept_out_by_the_file_and_were_it_not_for_that_by_the_kernels_word()
    {
        Assert.Equal("600", (await Tool.Run("stat", "-c", "%a", Path)).ShouldSucceed().Out.Trim());
        Assert.Equal("700", (await Tool.Run("stat", "-c", "%a", System.IO.Path.GetDirectoryName(Path)!)).ShouldSucceed().Out.Trim());
        (await Tool.Run("chmod", "755", Folder.Path, System.IO.Path.GetDirectoryName(Path)!)).ShouldSucceed();
        string[] curl = [
            Tool.Locate("curl"), "--silent", "--show-error", "--max-time", "10", "--unix-socket", Path, "http://edge/api/status"
        ];
        string[] other = ["--reuid=65534", "--clear-groups", .. curl];
        var kept = await Tool.Run("setpriv", other);
        Assert.Equal((7, ""), (kept.ExitCode, kept.Out));

        (await Tool.Run("chmod", "666", Path)).ShouldSucceed();
        var told = await Tool.Run("setpriv", other);
        Assert.Equal("{\"error\":\"user 65534 may not give orders here\",\"usage\":false}\n", told.Out);
        Assert.StartsWith("{\"state\":\"running\"", (await Tool.Run(curl[0], curl[1..])).ShouldSucceed().Out);
    }
}
