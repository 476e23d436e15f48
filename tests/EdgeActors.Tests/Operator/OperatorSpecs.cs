using System.Net;
using System.Net.Sockets;
using EdgeActors.Answers;
using EdgeActors.Connection;
using EdgeActors.Node;
using EdgeActors.Operator;
using EdgeActors.Routing;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Operator;

/// <summary>Verbs about the node, its servers and its configuration, given to one that runs.</summary>
public sealed class OperatorSpecs : OperatedTestKit
{
    [Fact]
    public async Task Status_says_what_the_node_is_and_how_it_does()
    {
        await _edge.Connect();
        var status = await _edge.Facts("status");
        Assert.Equal("running", status.Of("state"));
        Assert.Equal(1L, status.Of("connections"));
        Assert.Equal(1L, status.Of("accepted"));
        Assert.Equal(1L, status.Of("generation"));
        Assert.Equal(4096L, status.Of("max-connections"));
        Assert.Matches(@"^\d+\.\d+\.\d+", (string)status.Of("version")!);
        Assert.Matches(@"^Akka\.NET \d+\.\d+\.\d+", (string)status.Of("akka")!);
        Assert.True((TimeSpan)status.Of("uptime")! > TimeSpan.Zero);
        Assert.InRange((long)status.Of("memory")!, 1 << 20, 1L << 40);
        var listeners = status.Below("listeners");
        Assert.Equal(["https", "open"], listeners.All("name"));
        Assert.Equal([1L, 0L], listeners.All("connections"));
        Assert.Empty(status.Below("ended").Rows);

        await _edge.Run("kill --all");
        Assert.Equal(["KILLED"], (await _edge.Facts("status")).Below("ended").All("reason"));
        await _edge.Node.Unbind();
        Assert.Equal("draining", (await _edge.Facts("status")).Of("state"));
    }

    [Fact]
    public async Task Who_may_only_look_changes_nothing()
    {
        await _edge.Connect();
        foreach (var line in (string[])["kill --all", "kill --all --over 1s", "server web/s1 drain", "ratelimit clear 127.0.0.1", "reload", "floating-ip active", "log-level debug"])
            Assert.Equal($"{line.Split(' ')[0]} would change something, and may not from here", await _edge.Error(line, Access.ReadOnly));
        Assert.Equal(1, _edge.Node.State.Live.Count);
        Assert.Equal(LogThreshold.Info, _edge.Node.State.Log.Level);
        Assert.Equal(1L, Assert.IsType<FactsAnswer>(await _edge.One("kill --all --dry-run", Access.ReadOnly)).Of("matched"));
    }

    [Fact]
    public async Task A_error_is_an_answer()
    {
        var error = Assert.IsType<ErrorAnswer>(await _edge.One("conections"));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Equal("there is no verb 'conections'; did you mean 'connections'?", error.Message);
    }

    [Fact]
    public async Task Backends_show_their_servers()
    {
        await _edge.Connect();
        var servers = await _edge.Table("backends");
        Assert.Equal(["other", "other", "web", "web"], servers.All("backend"));
        Assert.Equal(["o1", "o2", "s1", "s2"], servers.All("server"));
        Assert.Equal([100L, 100L, 100L, 50L], servers.All("weight"));
        Assert.Equal([false, true, false, false], servers.All("backup"));
        Assert.Equal([0L, 0L, 1L, 0L], servers.All("connections"));
        Assert.Equal(2, (await _edge.Table("backends web")).Rows.Count);
        Assert.Equal("there is no backend 'webb'; did you mean 'web'?", await _edge.Error("backends webb"));
    }

    [Fact]
    public async Task An_order_changes_a_server()
    {
        var drained = await _edge.Facts("server web/s1 drain");
        Assert.Equal(("web/s1", "DRAIN", 100L), (drained.Of("server"), drained.Of("state"), drained.Of("weight")));
        Assert.Equal(AdminState.Drain, Pool("web").Servers[0].Admin);
        Assert.Equal(["DRAIN", "UP"], (await _edge.Table("backends web")).All("state"));
        Assert.Equal("MAINT", (await _edge.Facts("server web/s1 maint")).Of("state"));
        Assert.Equal("UP", (await _edge.Facts("server web/s1 ready")).Of("state"));
        Assert.Equal(7L, (await _edge.Facts("server web/s1 weight 7")).Of("weight"));
        Assert.Equal("there is no server 'web/s3'; did you mean 'web/s1'?", await _edge.Error("server web/s3 drain"));
        Assert.Equal("there is no server 'wbe/s1'; did you mean 'web/s1'?", await _edge.Error("server wbe/s1 drain"));
    }

    [Fact]
    public async Task Routes_are_listed_and_explained()
    {
        var routes = await _edge.Table("routes");
        Assert.Equal([OperatedNode.Name, "*.example.org"], routes.All("name"));
        Assert.Equal(["web", "other"], routes.All("backend"));
        Assert.Equal([2L, 2L], routes.All("usable"));

        await _edge.Run("server web/s1 drain");
        var web = await _edge.Facts($"route {OperatedNode.Name}");
        Assert.Equal((OperatedNode.Name, "web", "roundrobin"), (web.Of("rule"), web.Of("backend"), web.Of("balance")));
        Assert.StartsWith("exact", (string)web.Of("match")!, StringComparison.Ordinal);
        Assert.Equal("a server", web.Of("outcome"));
        var servers = web.Below("servers");
        Assert.Equal(["no", "yes"], servers.All("chosen"));
        Assert.Equal(["an operator has taken it out of use", "no other server would do"], servers.All("why"));

        await _edge.Run("server web/s2 maint");
        Assert.Equal("NO_SERVER: none is usable", (await _edge.Facts($"route {OperatedNode.Name}")).Of("outcome"));

        var other = await _edge.Facts("route x.y.example.org");
        Assert.Equal("*.example.org", other.Of("rule"));
        Assert.Equal("a backup, and others are usable", other.Below("servers").Cell(1, "why"));

        var none = await _edge.Facts("route example.com");
        Assert.Null(none.Of("backend"));
        Assert.Equal(["UNKNOWN_SNI, silent-drop", "UNKNOWN_SNI, silent-drop"], none.Below("refused").All("outcome"));
    }

    [Fact]
    public async Task Rates_are_shown_by_listener_and_forgotten()
    {
        for (var i = 0; i < 3; i++)
            await _edge.Connect();
        var rates = await _edge.Table("ratelimit 127.0.0.1");
        Assert.Equal(["https", "open"], rates.All("listener"));
        Assert.Equal([3L, 0L], rates.All("count"));
        Assert.Equal([1000L, null], rates.All("limit"));
        Assert.Equal([3L, 0L], rates.All("open"));
        Assert.Equal([true, true], rates.All("admitted"));
        Assert.Equal([true, false], (await _edge.Table("ratelimit 198.51.100.7")).All("admitted"));

        var top = await _edge.Table("ratelimit top");
        Assert.Equal(("127.0.0.1", 3L, true), (top.Cell(0, "address"), top.Cell(0, "count"), top.Cell(0, "admitted")));
        Assert.Equal([true], (await _edge.Table("ratelimit clear 127.0.0.1")).All("was-known"));
        Assert.Equal([false], (await _edge.Table("ratelimit clear 127.0.0.1")).All("was-known"));
        Assert.Equal([0L, 0L], (await _edge.Table("ratelimit 127.0.0.1")).All("count"));
        Assert.Empty((await _edge.Table("ratelimit top 5")).Rows);
    }

    [Fact]
    public async Task Actors_are_a_tree_in_which_connections_are_one_row()
    {
        for (var i = 0; i < 5; i++)
            await _edge.Connect();
        _edge.Node.State.Actors.Router.Tell(Akka.Actor.Kill.Instance, Akka.Actor.ActorRefs.NoSender);
        await Eventually.True(() => Failures() == 1, "the router's failure is counted");
        var actors = await _edge.Table("actors");
        var names = actors.All("actor");
        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.Equal("NodeActor", actors.Cell(Array.IndexOf(names, "/user/edge"), "kind"));
        Assert.Equal("RouterActor", actors.Cell(Array.IndexOf(names, "/user/edge/router"), "kind"));
        var connections = Array.IndexOf(names, "/user/edge/connections/*");
        Assert.Equal(
            ("ConnectionActor", 5L, 0L),
            (actors.Cell(connections, "kind"), actors.Cell(connections, "count"), actors.Cell(connections, "mailbox")));
        Assert.Contains("/user/edge/operator", names);
        Assert.All(actors.All("mailbox").OfType<long>(), static depth => Assert.InRange(depth, 0, 100));

        long Failures()
        {
            var now = _edge.Table("actors").GetAwaiter().GetResult();
            return (long)now.Cell(Array.IndexOf(now.All("actor"), "/user/edge/router"), "failures")!;
        }
    }

    [Fact]
    public async Task A_reload_is_the_reloaders_business()
    {
        Assert.StartsWith("not available", await _edge.Error("reload"), StringComparison.Ordinal);
        var reloader = new Reloader();
        _edge.Node.Reloader = reloader;
        var done = await _edge.Facts("reload");
        Assert.Equal(2L, done.Of("generation"));
        Assert.Equal(["backend web: a server more"], done.Below("changes").All("change"));
        var keys = done.Below("keys");
        Assert.Equal(("limits.memory", "90%", "off", "now"),
            (keys.Cell(0, "key"), keys.Cell(0, "old"), keys.Cell(0, "new"), keys.Cell(0, "applies")));
        reloader.Errors = ["edge.conf:3: no"];
        Assert.Equal("edge.conf:3: no\n1 error(s), nothing was changed", await _edge.Error("reload"));
        reloader.Errors = null;
        Assert.Equal("the disk is gone", await _edge.Error("reload"));
    }

    [Fact]
    public async Task Who_still_lives_by_an_old_configuration_is_counted()
    {
        await _edge.Connect();
        await _edge.Connect();
        Assert.Equal(("current", 2L), Row(await _edge.Table("generations"), 0));
        await _edge.Node.Reload(_edge.Node.State.Settings);
        var generations = await _edge.Table("generations");
        Assert.Equal([1L, 2L], generations.All("generation"));
        Assert.Equal([("old", 2L), ("current", 0L)], [Row(generations, 0), Row(generations, 1)]);
        Assert.Equal(2L, (await _edge.Facts("status")).Of("generation"));

        static (object?, object?) Row(TableAnswer table, int row) => (table.Cell(row, "state"), table.Cell(row, "connections"));
    }

    [Fact]
    public async Task The_level_of_the_log_is_shown_and_changed()
    {
        Assert.Equal("info", (await _edge.Facts("log-level")).Of("log-level"));
        Assert.Equal("debug", (await _edge.Facts("log-level debug")).Of("log-level"));
        Assert.Equal(LogThreshold.Debug, _edge.Node.State.Log.Level);
    }

    [Fact]
    public async Task Where_the_floating_IP_is_is_taken_note_of_and_shown()
    {
        Assert.Null((await _edge.Facts("floating-ip")).Of("floating-ip"));
        Assert.Null((await _edge.Facts("status")).Of("floating-ip"));
        var told = await _edge.Facts("floating-ip active");
        Assert.Equal(("active", 1L), (told.Of("floating-ip"), told.Of("changes")));
        Assert.IsType<DateTimeOffset>(told.Of("since"));
        Assert.Equal("active", (await _edge.Facts("status")).Of("floating-ip"));
        Assert.Equal("fault", (await _edge.Facts("floating-ip fault")).Of("floating-ip"));
        Assert.Equal(("told", "fault"), ((await _edge.Facts("floating-ip")).Of("source"), (await _edge.Facts("floating-ip")).Of("told")));
    }

    [Fact]
    public async Task By_the_addresses_of_the_machine_the_floating_IP_is_known_whatever_is_told()
    {
        var settings = _edge.Node.State.Settings;
        var changes = (
            await _edge.Node.Reload(settings with { FloatingIp = settings.FloatingIp with { Addresses = [IPAddress.Loopback] } })).Changes;
        Assert.Equal(["floating-ip.address is 127.0.0.1 now"], changes);
        var answer = await _edge.Facts("floating-ip standby");
        Assert.Equal(("active", "address", "standby"), (answer.Of("floating-ip"), answer.Of("source"), answer.Of("told")));
        Assert.Equal(
            ("127.0.0.1", true), (answer.Below("addresses").All("address").Single(), answer.Below("addresses").All("assigned").Single()));

        var elsewhere = IPAddress.Parse("192.0.2.10");
        await _edge.Node.Reload(settings with { FloatingIp = settings.FloatingIp with { Addresses = [elsewhere] } });
        answer = await _edge.Facts("floating-ip active");
        Assert.Equal(("standby", "address", "active"), (answer.Of("floating-ip"), answer.Of("source"), answer.Of("told")));
        // Nothing to hand over.
        Assert.Null(await _edge.Node.HandOverFloatingIp());

        Assert.Equal(["floating-ip.address is empty now"], (await _edge.Node.Reload(settings)).Changes);
        Assert.Equal("active", (await _edge.Facts("status")).Of("floating-ip"));
    }

    [Fact]
    public async Task A_node_that_ends_waits_for_the_floating_IP_to_go_but_leaves_nobody_unanswered_for_long()
    {
        Assert.Null(await _edge.Node.HandOverFloatingIp());
        Assert.False(_edge.Node.State.IsDraining);
        await _edge.Facts("floating-ip active");
        var handed = _edge.Node.HandOverFloatingIp();
        await Eventually.True(() => _edge.Node.State.IsDraining, "it says that it drains");
        // Nobody takes the address: whoever asks is let in at the second or third time.
        await _edge.Connect();
        Assert.False(handed.IsCompleted);
        await _edge.Facts("floating-ip standby");
        Assert.True(await handed);
    }

    private BackendPool Pool(string backend) => _edge.Node.State.Routes.Current.PoolOf(backend)!;

    private sealed class Reloader : IReloader
    {
        public IReadOnlyList<string>? Errors { get; set; } = [];

        public Task<ReloadOutcome> Reload(CancellationToken cancel) => Errors is { } errors
            ? Task.FromResult(new ReloadOutcome(
                2, ["backend web: a server more"], [new KeyChange("limits.memory", "90%", "off", KeyEffect.Now)], errors))
            : Task.FromException<ReloadOutcome>(new IOException("the disk is gone"));
    }
}
