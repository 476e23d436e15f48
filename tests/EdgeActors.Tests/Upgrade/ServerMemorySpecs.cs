using EdgeActors.Config;
using EdgeActors.Health;
using EdgeActors.Route;
using EdgeActors.Upgrade;

namespace EdgeActors.Tests.Upgrade;

public sealed class ServerMemorySpecs
{
    private const string Servers = """
        web { servers = [{ name = a, address = "10.0.0.1:1" }, { name = b, address = "10.0.0.2:1", weight = 50 }, { name = c, address = "10.0.0.3:1" }] }
        """;

    [Fact]
    public async Task What_one_process_knows_the_next_one_knows_by_name_and_address()
    {
        var before = await Routes(Servers);
        before = before.With("web", 0, up: false);
        before = before.With("web", 1, static pool => pool.With(1, AdminState.Maint));
        before = before.With("web", 2, static pool => pool.With(2, 7));
        var memories = ServerMemory.Of(before);
        Assert.Equal(
            [
                new ServerMemory("web", "a", "10.0.0.1:1", false, AdminState.Ready, null),
                new ServerMemory("web", "b", "10.0.0.2:1", true, AdminState.Maint, null),
                new ServerMemory("web", "c", "10.0.0.3:1", true, AdminState.Ready, 7),
            ],
            memories);

        var known = new HashSet<BackendServer>();
        var after = ServerMemory.Apply(memories, await Routes(Servers), known);
        Assert.Equal(memories, ServerMemory.Of(after));
        Assert.Equal(3, known.Count);

        // The first failure does not take one down that has been seen up, as it would one that nobody knows.
        var board = HealthBoard.Of(after, known);
        Assert.Equal([false, true, true], board.Targets.Select(static target => target.State.IsUp));
        Assert.Equal(HealthChange.None, board.Targets[1].State.Failed("once"));
        Assert.Equal(HealthChange.Down, HealthBoard.Of(await Routes(Servers)).Targets[1].State.Failed("once"));
    }

    [Fact]
    public async Task One_that_begins_as_down_is_up_where_it_was()
    {
        const string Down = """web { servers = ["10.0.0.1:1"], health { initial = down } }""";
        var known = new HashSet<BackendServer>();
        var after = ServerMemory.Apply([new ServerMemory("web", "10.0.0.1:1", "10.0.0.1:1", true, AdminState.Ready, null)], await Routes(Down), known);
        Assert.True(after.PoolOf("web")!.IsUsable);
        Assert.False((await Routes(Down)).PoolOf("web")!.IsUsable);
    }

    [Fact]
    public async Task Another_server_of_that_name_and_one_that_is_not_checked_are_what_they_begin_as()
    {
        var known = new HashSet<BackendServer>();
        ServerMemory[] memories =
        [
            new("web", "a", "10.0.0.9:1", false, AdminState.Drain, 3),
            new("web", "gone", "10.0.0.1:1", false, AdminState.Drain, 3),
            new("gone", "a", "10.0.0.1:1", false, AdminState.Drain, 3),
            new("web", "b", "10.0.0.2:1", null, AdminState.Ready, null),
        ];
        var routes = await Routes(Servers);
        Assert.Same(routes, ServerMemory.Apply(memories, routes, known));
        Assert.Empty(known);

        var unchecked_ = await Routes(Servers.Replace("] }", "], health.enabled = off }", StringComparison.Ordinal));
        Assert.Equal((bool?)null, ServerMemory.Of(unchecked_)[0].Up);
        Assert.True(ServerMemory.Apply([new("web", "a", "10.0.0.1:1", false, AdminState.Ready, null)], unchecked_, known).PoolOf("web")!.IsUp(0));
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
