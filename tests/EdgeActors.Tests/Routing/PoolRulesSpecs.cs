using EdgeActors.Routing;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Routing;

/// <summary>Which servers of a pool are candidates at all: backups, states, weights, limits, slow starts.</summary>
public sealed class PoolRulesSpecs
{
    private readonly ManualTime _time = new();

    private BackendPool Pool(bool allBackups, params ServerSettings[] servers) =>
        (TestSettings.Backend() with { Servers = servers, Pool = TestSettings.Pooling() with { AllBackups = allBackups } }).ToPool(_time);

    private static ServerSettings Server(int i, bool backup = false, int max = 0, int weight = 100, double slowStart = 0) =>
        new($"s{i}", TestSettings.Server(i)) { IsBackup = backup, MaxConnections = max, Weight = weight, SlowStart = TimeSpan.FromSeconds(slowStart) };

    private static string Picks(BackendPool pool, int count) =>
        string.Concat(Enumerable.Range(0, count).Select(_ => pool.Pick() is { } server ? $"{server.Index}" : "-"));

    [Fact]
    public void Backups_wait_until_no_other_server_is_usable()
    {
        var pool = Pool(allBackups: false, Server(0), Server(1, backup: true), Server(2), Server(3, backup: true));
        Assert.Equal("0202", Picks(pool, 4));
        Assert.Equal("22", Picks(pool.With(0, up: false), 2));
        // Nor do they take what the others have refused.
        Assert.Null(pool.Pick(0b101));
        var down = pool.With(0, up: false).With(2, AdminState.Drain);
        Assert.Equal("1111", Picks(down, 4));
        Assert.Equal("33", Picks(down.With(1, up: false), 2));
        Assert.Equal("22", Picks(down.With(2, AdminState.Ready), 2));
    }

    [Fact]
    public void All_backups_may_stand_in_at_once()
    {
        var pool = Pool(allBackups: true, Server(0), Server(1, backup: true), Server(2, backup: true)).With(0, up: false);
        Assert.Equal("1212", Picks(pool, 4));
        Assert.Equal(2, pool.Pick(0b010)!.Index);
    }

    [Theory]
    [InlineData(AdminState.Drain)]
    [InlineData(AdminState.Maint)]
    public void An_operators_word_and_the_checks_are_two_things(AdminState state)
    {
        var pool = Pool(false, Server(0), Server(1)).With(0, state);
        Assert.Equal("11", Picks(pool, 2));
        Assert.True(pool.Servers[0].Up);
        // A check that passes does not bring back what the operator took out, nor the operator what is down.
        Assert.Equal("11", Picks(pool.With(0, up: false).With(0, up: true), 2));
        Assert.Equal("11", Picks(pool.With(0, up: false).With(0, AdminState.Ready), 2));
        Assert.Contains("0", Picks(pool.With(0, AdminState.Ready), 2));
    }

    [Fact]
    public void A_weight_of_zero_is_no_new_connection()
    {
        var pool = Pool(false, Server(0, weight: 0), Server(1));
        Assert.Equal("111", Picks(pool, 3));
        Assert.Equal("---", Picks(pool.With(1, weight: 0), 3));
        Assert.Contains("0", Picks(pool.With(0, weight: 1), 102));
    }

    [Fact]
    public void A_full_server_is_passed_over_and_with_all_full_it_is_said()
    {
        var pool = Pool(false, Server(0, max: 2), Server(1, max: 1));
        var servers = pool.Servers;
        servers[0].State.Enter();
        Assert.False(servers[0].IsFull);
        servers[0].State.Enter();
        Assert.True(servers[0].IsFull);
        Assert.Equal("111", Picks(pool, 3));
        servers[1].State.Enter();
        Assert.Null(pool.Pick(0, null, out var full));
        Assert.True(full);
        Assert.Null(pool.Pick(0b11, null, out full));
        Assert.False(full);
        servers[0].State.Leave();
        Assert.Equal("0", Picks(pool, 1));
    }

    [Fact]
    public void A_client_that_keeps_to_its_server_waits_for_it()
    {
        var pool = (TestSettings.Backend() with
        {
            Servers = [Server(0, max: 1), Server(1, max: 1)], Pool = TestSettings.Pooling(BalanceAlgorithm.Source),
        }).ToPool();
        var client = System.Net.IPAddress.Parse("192.0.2.1");
        var mine = pool.Pick(0, client, out _)!;
        mine.State.Enter();
        Assert.Null(pool.Pick(0, client, out var full));
        Assert.True(full);
        Assert.NotEqual(mine, pool.Pick(BackendPool.Bit(mine.Index), client, out _));
    }

    [Fact]
    public void A_server_that_comes_up_starts_slowly()
    {
        var pool = Pool(false, Server(0, slowStart: 10), Server(1));
        // One that is there from the start has no caches to fill that the others have full.
        Assert.Equal(50, Share(pool));
        pool = pool.With(0, up: false);
        _time.Advance(TimeSpan.FromSeconds(100));
        pool = pool.With(0, up: true);
        Assert.InRange(Share(pool), 0, 1);
        _time.Advance(TimeSpan.FromSeconds(2.5));
        Assert.InRange(Share(pool), 19, 21); // 25 to 100
        _time.Advance(TimeSpan.FromSeconds(2.5));
        Assert.InRange(Share(pool), 32, 34); // 50 to 100
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(50, Share(pool));
    }

    [Fact]
    public void So_does_one_that_the_operator_puts_back()
    {
        var pool = Pool(false, Server(0, slowStart: 10), Server(1)).With(0, AdminState.Maint);
        _time.Advance(TimeSpan.FromSeconds(100));
        // A check that passes while it is out is no start.
        pool = pool.With(0, up: false).With(0, up: true);
        _time.Advance(TimeSpan.FromSeconds(100));
        pool = pool.With(0, AdminState.Ready);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.InRange(Share(pool), 32, 34);
        // Nor is a change of weight.
        Assert.InRange(Share(pool.With(0, weight: 200)), 49, 51);
    }

    [Fact]
    public void A_server_without_an_address_is_not_used_until_it_has_one()
    {
        var pool = Pool(false, new ServerSettings("s0", new System.Net.DnsEndPoint("web.internal", 443)), Server(1));
        Assert.Equal("11", Picks(pool, 2));
        Assert.Contains("0", Picks(pool.With(0, static server => server with { Addresses = [TestSettings.Server(0)] }), 2));
    }

    /// <summary>Server 0's percentage.</summary>
    private static int Share(BackendPool pool) => Picks(pool, 1000).Count(static one => one == '0') / 10;
}
