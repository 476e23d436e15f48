using EdgeActors.Routing;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Routing;

public class BackendPoolSpecs
{
    private static BackendPool Pool(int servers, bool up = true)
    {
        var backend = TestSettings.Backend(servers: servers);
        return (backend with { Health = backend.Health with { Initial = up ? InitialHealth.Up : InitialHealth.Down } }).ToPool();
    }

    private static string Picks(BackendPool pool, int count) =>
        string.Concat(Enumerable.Range(0, count).Select(_ => pool.Pick() is { } server ? $"{server.Index}" : "-"));

    [Fact]
    public void Servers_take_turns() => Assert.Equal("0120120", Picks(Pool(3), 7));

    [Fact]
    public void A_server_that_is_down_is_passed_over()
    {
        var pool = Pool(3).With(1, up: false);
        Assert.Equal("0202", Picks(pool, 4));
        Assert.Equal((false, true), (pool.Servers[1].Up, pool.Servers[2].Up));
    }

    [Fact]
    public void With_every_server_down_there_is_none()
    {
        var pool = Pool(2, up: false);
        Assert.Null(pool.Pick());
        Assert.Equal("11", Picks(pool.With(1, up: true), 2));
    }

    [Fact]
    public void A_change_of_health_leaves_the_older_snapshot_and_the_turn_as_they_are()
    {
        var before = Pool(4);
        Assert.Equal("01", Picks(before, 2));
        var after = before.With(0, up: false).With(0, up: true);
        Assert.Equal("23", Picks(after, 2));
        Assert.Equal("0", Picks(before, 1));

        var down = before.With(3, up: false);
        Assert.True(before.Servers[3].Up);
        Assert.False(down.Servers[3].Up);
        Assert.Same(down, down.With(3, up: false));
        Assert.Same(before, before.With(3, up: true));
    }

    [Fact]
    public void Another_server_is_one_that_is_up_and_was_not_tried()
    {
        var pool = Pool(4).With(2, up: false);
        var tried = BackendPool.Bit(0);
        for (var i = 0; i < 10; i++)
        {
            pool.Pick();
            Assert.Contains(pool.Pick(tried)!.Index, (int[])[1, 3]);
        }

        tried |= BackendPool.Bit(1);
        Assert.Equal(3, pool.Pick(tried)!.Index);
        Assert.Null(pool.Pick(tried | BackendPool.Bit(3)));
    }

    [Fact]
    public void Of_two_servers_one_of_which_refuses_each_is_asked_first_by_every_second_connection()
    {
        var pool = Pool(2);
        var first = "";
        for (var i = 0; i < 6; i++)
        {
            var server = pool.Pick()!;
            first += server.Index;
            if (server.Index == 0)
                Assert.Equal(1, pool.Pick(BackendPool.Bit(0))!.Index);
        }

        Assert.Equal("010101", first);
    }

    [Fact]
    public void The_load_of_a_refusing_server_spreads_over_all_others()
    {
        var pool = Pool(3);
        var counts = new int[3];
        for (var i = 0; i < 300; i++)
        {
            var server = pool.Pick()!;
            if (server.Index == 0)
                server = pool.Pick(BackendPool.Bit(0))!;
            counts[server.Index]++;
        }

        Assert.Equal(0, counts[0]);
        Assert.InRange(counts[1], 140, 160);
    }

    [Fact]
    public void Threads_that_pick_at_once_get_equal_shares()
    {
        var pool = Pool(4);
        var counts = new int[4];
        Parallel.For(0, 4000, _ => Interlocked.Increment(ref counts[pool.Pick()!.Index]));
        Assert.Equal([1000, 1000, 1000, 1000], counts);
    }

    [Fact]
    public void As_many_servers_fit_as_a_set_has_bits()
    {
        var pool = Pool(BackendSettings.MaxServers);
        Assert.Equal(64, pool.Servers.Count(static server => server.Up));
        Assert.Equal(63, pool.Pick(~BackendPool.Bit(63))!.Index);
        Assert.Throws<ArgumentOutOfRangeException>(() => Pool(BackendSettings.MaxServers + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Pool(0));
    }
}
