using System.Net;
using EdgeActors.Routing;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Routing;

/// <summary>Who gets how much, for each way of sharing.</summary>
public sealed class BalancerSpecs
{
    private static readonly int[] Equal = [100, 100, 100];

    private static ServerModel[] Servers(int count) => [.. TestSettings.Backend(servers: count).ToPool().Servers];

    private static ulong All(int count) => (1UL << count) - 1;

    private static string Turns(Balancer balancer, int[] weights, int count, ulong? among = null) => string.Concat(
        Enumerable.Range(0, count).Select(_ => balancer.Choose(among ?? All(weights.Length), weights, null)));

    private static IPAddress Client(int i) => new([10, (byte)(i >> 16), (byte)(i >> 8), (byte)i]);

    private static int[] Clients(SourceHash hash, ulong among, int[] weights, int count) =>
        [.. Enumerable.Range(0, count).Select(i => hash.Choose(among, weights, Client(i)))];

    [Fact]
    public void Round_robin_spreads_a_heavy_servers_turns_among_the_others() =>
        Assert.Equal("00102000010200", Turns(new RoundRobin(3), [5, 1, 1], 14));

    [Fact]
    public void Round_robin_gives_each_its_weight_exactly()
    {
        var turns = Turns(new RoundRobin(4), [256, 100, 7, 1], 364);
        Assert.Equal([256, 100, 7, 1], "0123".Select(server => turns.Count(one => one == server)));
    }

    [Fact]
    public void Round_robin_goes_on_where_it_was_when_a_server_is_left_out_for_a_while()
    {
        var turns = new RoundRobin(3);
        Assert.Equal("0", Turns(turns, Equal, 1));
        Assert.Equal("1212", Turns(turns, Equal, 4, among: 0b110));
        var after = Turns(turns, Equal, 300);
        Assert.All("012", server => Assert.InRange(after.Count(one => one == server), 99, 101));
    }

    [Fact]
    public void Least_connections_evens_out_what_the_weights_allow()
    {
        var servers = Servers(3);
        var least = new LeastConnections(servers);
        int[] weights = [200, 100, 100];
        for (var i = 0; i < 400; i++)
            servers[least.Choose(All(3), weights, null)].State.Enter();
        Assert.InRange(servers[0].State.Connections, 199, 201);
        Assert.InRange(servers[1].State.Connections, 99, 101);
        Assert.InRange(servers[2].State.Connections, 99, 101);

        // All that end are one server's; all that come are then.
        for (var i = 0; i < 60; i++)
            servers[2].State.Leave();
        for (var i = 0; i < 50; i++)
            servers[least.Choose(All(3), weights, null)].State.Enter();
        Assert.InRange(servers[2].State.Connections, 89, 91);
    }

    [Fact]
    public void Least_connections_with_nobody_connected_takes_turns() =>
        Assert.Equal("012012", Turns(new LeastConnections(Servers(3)), Equal, 6));

    [Fact]
    public void Random_evens_out_better_than_chance_alone()
    {
        const int Count = 9000;
        var servers = Servers(3);
        var random = new RandomOfTwo(servers);
        for (var i = 0; i < Count; i++)
            servers[random.Choose(All(3), Equal, null)].State.Enter();
        // One draw alone would stray by some 45; of two, the difference stays a handful.
        Assert.All(servers, server => Assert.InRange(server.State.Connections, (Count / 3) - 30, (Count / 3) + 30));
    }

    [Fact]
    public void Random_heeds_weights_and_what_is_left_out()
    {
        const int Count = 4000;
        var servers = Servers(4);
        var random = new RandomOfTwo(servers);
        int[] weights = [300, 100, 100, 1000];
        for (var i = 0; i < Count; i++)
            servers[random.Choose(All(3), weights, null)].State.Enter();
        Assert.Equal(0, servers[3].State.Connections);
        Assert.InRange(servers[0].State.Connections, 2300, 2500);
        Assert.Equal(2, random.Choose(0b100, weights, null));
    }

    [Fact]
    public void Source_gives_each_server_its_share_of_the_clients()
    {
        const int Count = 40_000;
        var chosen = Clients(new SourceHash(Servers(4)), All(4), [100, 100, 200, 0x100], Count);
        var total = 100 + 100 + 200 + 256.0;
        foreach (var (server, weight) in new[] { (0, 100), (1, 100), (2, 200), (3, 256) })
        {
            var share = Count * weight / total;
            // Six standard deviations, and the hash has no seed: it is the same every time.
            Assert.InRange(chosen.Count(one => one == server), share - 600, share + 600);
        }
    }

    [Fact]
    public void Source_keeps_a_client_at_its_server()
    {
        int[] weights = [100, 100, 100];
        var once = Clients(new SourceHash(Servers(3)), All(3), weights, 1000);
        Assert.Equal(once, Clients(new SourceHash(Servers(3)), All(3), weights, 1000));
        var hash = new SourceHash(Servers(3));
        Assert.Equal(
            hash.Choose(All(3), weights, IPAddress.Parse("192.0.2.7")), hash.Choose(All(3), weights, IPAddress.Parse("::ffff:192.0.2.7")));
    }

    [Fact]
    public void A_server_that_goes_takes_its_own_clients_along_and_gets_them_back()
    {
        var hash = new SourceHash(Servers(5));
        int[] weights = [100, 100, 100, 100, 100];
        var before = Clients(hash, All(5), weights, 5000);
        var without = Clients(hash, All(5) & ~(1UL << 2), weights, 5000);
        for (var i = 0; i < before.Length; i++)
        {
            if (before[i] == 2)
                Assert.NotEqual(2, without[i]);
            else
                Assert.Equal(before[i], without[i]);
        }
        // Those that had to move did not all move to one.
        Assert.Equal(4, Enumerable.Range(0, 5000).Where(i => before[i] == 2).Select(i => without[i]).Distinct().Count());
        Assert.Equal(before, Clients(hash, All(5), weights, 5000));
    }

    [Fact]
    public void A_weight_that_grows_moves_clients_to_that_server_only()
    {
        var hash = new SourceHash(Servers(3));
        var before = Clients(hash, All(3), [100, 100, 100], 3000);
        var after = Clients(hash, All(3), [100, 200, 100], 3000);
        var moved = Enumerable.Range(0, 3000).Where(i => before[i] != after[i]).ToArray();
        Assert.InRange(moved.Length, 300, 700);
        Assert.All(moved, i => Assert.Equal(1, after[i]));
    }

    [Fact]
    public void First_is_the_lowest_of_those_that_are_left()
    {
        var first = Balancer.For(BalanceAlgorithm.First, Servers(3));
        Assert.Equal(0, first.Choose(0b111, Equal, null));
        Assert.Equal(1, first.Choose(0b110, Equal, null));
    }

    [Theory]
    [InlineData(BalanceAlgorithm.RoundRobin)]
    [InlineData(BalanceAlgorithm.LeastConnections)]
    [InlineData(BalanceAlgorithm.Random)]
    [InlineData(BalanceAlgorithm.Source)]
    [InlineData(BalanceAlgorithm.First)]
    public void A_choice_costs_no_allocation(BalanceAlgorithm algorithm)
    {
        var backend = TestSettings.Backend(servers: BackendSettings.MaxServers) with { Pool = TestSettings.Pooling(algorithm) };
        var servers = backend.Servers.Select(
            static server => server with { MaxConnections = 1_000_000, SlowStart = TimeSpan.FromHours(1) });
        var pool = (backend with { Servers = [.. servers] }).ToPool().With(0, up: false).With(0, up: true);
        var client = Client(7);
        Pick(1000);
        // The runtime may allocate on this thread when it compiles a method again: the least of some rounds.
        Assert.Equal(0, Enumerable.Range(0, 5).Min(_ => Allocated()));

        long Allocated()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Pick(1000);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        void Pick(int times)
        {
            for (var i = 0; i < times; i++)
            {
                Assert.NotNull(pool.Pick(0, client, out _));
                Assert.NotNull(pool.Pick(1, client, out _));
            }
        }
    }
}
