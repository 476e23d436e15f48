using EdgeActors.Config;
using EdgeActors.Routing;

namespace EdgeActors.Tests.Routing;

public sealed class ServerHandoverSpecs
{
    private const string Servers = """
        web { servers = [{ name = a, address = "10.0.0.1:1" }, { name = b, address = "10.0.0.2:1", weight = 50 }, { name = c, address = "10.0.0.3:1" }] }
        """;

    [Fact]
    public async Task What_one_process_knows_the_next_one_knows_by_name_and_address()
    {
        var before = await Routes(Servers);
        before = before.With("web", 0, up: false);
        before = before.With("web", 1, static server => server with { Admin = AdminState.Maint });
        before = before.With("web", 2, static server => server with { Weight = 7 });
        var handovers = ServerHandover.Of(before);
        Assert.Equal(
            [
                new ServerHandover("web", "a", "10.0.0.1:1", false, AdminState.Ready, null),
                new ServerHandover("web", "b", "10.0.0.2:1", true, AdminState.Maint, null),
                new ServerHandover("web", "c", "10.0.0.3:1", true, AdminState.Ready, 7),
            ],
            handovers);

        var after = ServerHandover.Apply(handovers, await Routes(Servers));
        Assert.Equal(handovers, ServerHandover.Of(after));

        // The first failure does not take one down that has been seen up, as it would one that nobody knows.
        static ServerHealth Failed(BackendPool pool, int index) =>
            pool.Servers[index].State.Health!.Counted(passed: false, pool.Settings.Health, default);
        Assert.Equal([false, true, true], after.PoolOf("web")!.Servers.Select(static server => server.State.Health!.Up));
        Assert.True(Failed(after.PoolOf("web")!, 1).Up);
        Assert.False(Failed((await Routes(Servers)).PoolOf("web")!, 1).Up);
    }

    [Fact]
    public async Task One_that_begins_as_down_is_up_where_it_was()
    {
        const string Down = """web { servers = ["10.0.0.1:1"], health { initial = down } }""";
        var after = ServerHandover.Apply(
            [new ServerHandover("web", "10.0.0.1:1", "10.0.0.1:1", true, AdminState.Ready, null)], await Routes(Down));
        Assert.True(after.PoolOf("web")!.IsUsable);
        Assert.False((await Routes(Down)).PoolOf("web")!.IsUsable);
    }

    [Fact]
    public async Task Another_server_of_that_name_and_one_that_is_not_checked_are_what_they_begin_as()
    {
        ServerHandover[] handovers =
        [
            new("web", "a", "10.0.0.9:1", false, AdminState.Drain, 3),
            new("web", "gone", "10.0.0.1:1", false, AdminState.Drain, 3),
            new("gone", "a", "10.0.0.1:1", false, AdminState.Drain, 3),
            new("web", "b", "10.0.0.2:1", null, AdminState.Ready, null),
        ];
        var routes = await Routes(Servers);
        Assert.Same(routes, ServerHandover.Apply(handovers, routes));

        var unchecked_ = await Routes(Servers.Replace("] }", "], health.enabled = off }", StringComparison.Ordinal));
        Assert.Equal((bool?)null, ServerHandover.Of(unchecked_)[0].Up);
        Assert.True(
            ServerHandover.Apply([new("web", "a", "10.0.0.1:1", false, AdminState.Ready, null)], unchecked_).PoolOf("web")!.Servers[0].Up);
    }

    private static async Task<RouteSnapshot> Routes(string backends)
    {
        var settings = EdgeSettingsReader.ReadText($$"""
            edge {
              listeners { https { bind = "127.0.0.1:7050" } }
              routes    { "demo.fiscalismia.com" = web }
              backends  { {{backends}} }
            }
            """).Settings!;
        return new RouteSnapshot(new RouteTable(1, settings.Routes), await ServerAddresses.Resolve(settings));
    }
}
