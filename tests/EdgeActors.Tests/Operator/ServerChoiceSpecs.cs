using System.Net;
using EdgeActors.Operator.Reports;
using EdgeActors.Routing;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Operator;

public sealed class ServerChoiceSpecs
{
    private static readonly IPAddress Client = IPAddress.Parse("192.0.2.1");

    private static BackendPool Pool(BalanceAlgorithm balance, params (int Weight, int Max, bool Backup)[] servers)
    {
        var backend = TestSettings.Backend(servers: servers.Length);
        return (backend with
        {
            Pool = TestSettings.Pooling(balance),
            Health = backend.Health with { Enabled = false },
            Servers = [.. servers.Select((server, i) => backend.Servers[i] with { Weight = server.Weight, MaxConnections = server.Max, IsBackup = server.Backup })],
        }).ToPool();
    }

    private static (string Chosen, string Why)[] Verdicts(BackendPool pool, IPAddress? client = null)
    {
        var table = ServerChoice.Table(pool, client);
        return [.. table.Rows.Select((_, row) => ((string)table.Cell(row, "chosen")!, (string)table.Cell(row, "why")!))];
    }

    [Fact]
    public void In_turns_all_may_be_next_with_a_share_by_weight()
    {
        var pool = Pool(BalanceAlgorithm.RoundRobin, (75, 0, false), (25, 0, false), (100, 0, true));
        Assert.Equal(
            [("maybe", "in turns, by weight"), ("maybe", "in turns, by weight"), ("no", "a backup, and others are usable")],
            Verdicts(pool));
        var table = ServerChoice.Table(pool, null);
        Assert.Equal([75.0, 25.0, null], table.All("share"));
        // Asking takes nobody's turn.
        Assert.Equal("s0", pool.Pick()!.Name);
    }

    [Fact]
    public void Each_reason_not_to_be_chosen_is_told()
    {
        var pool = Pool(
            BalanceAlgorithm.RoundRobin, (100, 0, false), (100, 0, false), (0, 0, false), (100, 1, false), (100, 0, true), (100, 0, true));
        pool = pool.With(0, up: false).With(1, AdminState.Maint);
        pool.Servers[3].State.Enter();
        Assert.Equal(
            [
                ("no", "its checks say so: DOWN"),
                ("no", "an operator has taken it out of use"),
                ("no", "its weight is 0"),
                ("no", "full: 1 of 1"),
                ("no", "a backup, and others are usable"),
                ("no", "a backup, and others are usable"),
            ],
            Verdicts(pool));
        var backups = Verdicts(pool.With(3, up: false));
        Assert.Equal(("yes", "no other server would do"), backups[4]);
        Assert.Equal(("no", "a backup, and another one comes first"), backups[5]);
    }

    [Fact]
    public void The_one_with_the_fewest_connections_for_its_weight_is_next()
    {
        var pool = Pool(BalanceAlgorithm.LeastConnections, (100, 0, false), (200, 0, false), (100, 0, false));
        pool.Servers[1].State.Enter();
        Assert.Equal(["maybe", "maybe", "maybe"], Verdicts(pool).Select(static verdict => verdict.Chosen));
        pool.Servers[0].State.Enter();
        pool.Servers[2].State.Enter();
        Assert.Equal(
            [
                ("no", "another one has fewer connections for its weight"), ("yes", "the fewest connections for its weight"),
                ("no", "another one has fewer connections for its weight")
            ],
            Verdicts(pool));
        Assert.Equal("s1", pool.Pick()!.Name);
    }

    [Fact]
    public void The_first_with_room_is_next()
    {
        var pool = Pool(BalanceAlgorithm.First, (100, 1, false), (100, 1, false), (100, 1, false));
        pool.Servers[0].State.Enter();
        Assert.Equal([("no", "full: 1 of 1"), ("yes", "the first one with room"), ("no", "an earlier one has room")], Verdicts(pool));
    }

    [Fact]
    public void By_the_clients_address_it_is_the_one_that_the_pool_gives_it()
    {
        var pool = Pool(BalanceAlgorithm.Source, (100, 1, false), (100, 1, false), (50, 1, false));
        Assert.All(Verdicts(pool), static verdict => Assert.Equal(("maybe", "by the client's address, which --ip says"), verdict));
        for (var n = 1; n <= 50; n++)
        {
            var client = new IPAddress([192, 0, 2, (byte)n]);
            var next = Verdicts(pool, client).ToList().FindIndex(static verdict => verdict.Chosen == "yes");
            Assert.Equal(next, pool.Pick(0, client, out _)!.Index);
        }
        var own = pool.Pick(0, Client, out _)!;
        own.State.Enter();
        var verdicts = Verdicts(pool, Client);
        Assert.Equal(("waits", "full: 1 of 1; a client keeps to its server"), verdicts[own.Index]);
        Assert.Equal(2, verdicts.Count(static verdict => verdict == ("no", "this client's is another one")));
    }
}
