using System.Net;
using EdgeActors.Config;
using EdgeActors.Health;
using EdgeActors.Operate.Answers;
using EdgeActors.Route;
using EdgeActors.Route.Balance;

namespace EdgeActors.Operate.Reports;

/// <summary>Which server of a backend a client would get, and why not the others: as the pool chooses, but nobody's turn is taken.</summary>
internal sealed class ServerChoice
{
    private readonly BalanceAlgorithm _balance;
    private readonly BackendPool _pool;
    private readonly IPAddress? _client;
    private readonly HealthBoard _checks;

    /// <summary>Those that would do, and those of them that have room.</summary>
    private readonly ulong _candidates, _open;

    /// <summary>Those among which the next turn decides; a single one is certain.</summary>
    private readonly ulong _next;

    private ServerChoice(BackendSettings settings, BackendPool pool, IPAddress? client, HealthBoard checks)
    {
        _balance = settings.Pool.Balance;
        _pool = pool;
        _client = client;
        _checks = checks;
        _candidates = pool.Candidates;
        foreach (var server in pool.Servers)
        {
            if ((_candidates & BackendPool.Bit(server.Index)) != 0 && !server.IsFull)
                _open |= BackendPool.Bit(server.Index);
        }
        _next = Next();
    }

    public static TableAnswer Table(BackendSettings settings, BackendPool pool, IPAddress? client, HealthBoard checks)
    {
        var choice = new ServerChoice(settings, pool, client, checks);
        return new TableAnswer(
            "servers",
            [
                new("server", CellType.Text),
                new("address", CellType.Text) { IsExtra = true },
                new("state", CellType.State),
                new("connections", CellType.Number) { IsExtra = true },
                new("weight", CellType.Number) { IsExtra = true },
                new("share", CellType.Percent),
                new("chosen", CellType.Text),
                new("why", CellType.Text),
            ],
            [.. pool.Servers.Select(choice.Row)]);
    }

    private bool KeepsTo => _balance == BalanceAlgorithm.Source;

    private IReadOnlyList<object?> Row(BackendServer server)
    {
        var status = _pool.Status(server.Index);
        var (chosen, why) = Verdict(server, status);
        return
        [
            server.Name,
            server.HasAddress ? server.EndPoint.ToString() : null,
            PoolReport.StateOf(status),
            (long)server.Connections,
            (long)status.Weight,
            Share(server, status),
            chosen,
            why,
        ];
    }

    private (string Chosen, string Why) Verdict(BackendServer server, ServerStatus status)
    {
        if (status.Admin != AdminState.Ready)
            return ("no", "an operator has taken it out of use");
        if (!status.HasAddress)
            return ("no", "its host name has no address yet");
        if (!status.Up)
            return ("no", $"its checks say so: {_checks.Find(_pool.Name, server.Name)?.Last.ToString() ?? "DOWN"}");
        if (status.Weight == 0)
            return ("no", "its weight is 0");
        if (!Has(_candidates, server))
            return ("no", _pool.Servers.Any(other => !other.IsBackup && Has(_candidates, other)) ? "a backup, and others are usable" : "a backup, and another one comes first");
        if (Has(_next, server))
            return (_next & (_next - 1)) == 0 ? Certain(server) : ("maybe", Reason());
        return ("no", !Has(_open, server) ? $"full: {server.Connections} of {server.MaxConnections}" : NotNext());
    }

    private (string Chosen, string Why) Certain(BackendServer server) => server.IsFull
        ? ("waits", $"full: {server.Connections} of {server.MaxConnections}; a client keeps to its server")
        : ("yes", (_candidates & (_candidates - 1)) == 0 ? "no other server would do" : Reason());

    private string Reason() => _balance switch
    {
        BalanceAlgorithm.LeastConnections => "the fewest connections for its weight",
        BalanceAlgorithm.Random => "of two drawn by weight, the one with fewer connections",
        BalanceAlgorithm.Source => _client is null ? "by the client's address, which --ip says" : "this client's own, by its address",
        BalanceAlgorithm.First => "the first one with room",
        _ => "in turns, by weight",
    };

    private string NotNext() => _balance switch
    {
        BalanceAlgorithm.LeastConnections => "another one has fewer connections for its weight",
        BalanceAlgorithm.Source => "this client's is another one",
        _ => "an earlier one has room",
    };

    /// <summary>Of new connections, in the long run; nothing where it depends on more than weights.</summary>
    private object? Share(BackendServer server, ServerStatus status)
    {
        if (_balance == BalanceAlgorithm.First || !Has(_candidates, server))
            return null;
        var all = _pool.Servers.Where(one => Has(_candidates, one)).Sum(one => _pool.Status(one.Index).Weight);
        return 100.0 * status.Weight / all;
    }

    private ulong Next()
    {
        if (KeepsTo)
            return _client is null || _candidates == 0 ? _candidates : BackendPool.Bit(Balancer.For(_balance, _pool.Servers).Choose(_candidates, Weights(), _client));
        return _balance switch
        {
            BalanceAlgorithm.First => _open & (0 - _open),
            BalanceAlgorithm.LeastConnections => LeastLoaded(),
            _ => _open,
        };
    }

    private ulong LeastLoaded()
    {
        var open = _pool.Servers.Where(server => Has(_open, server)).ToArray();
        if (open.Length == 0)
            return 0;
        var least = open.Min(Load);
        return open.Where(server => Load(server) == least).Aggregate(0UL, static (set, server) => set | BackendPool.Bit(server.Index));
    }

    private decimal Load(BackendServer server) => (server.Connections + 1m) / _pool.Status(server.Index).Weight;

    private int[] Weights() => [.. _pool.Servers.Select(server => _pool.Status(server.Index).Weight)];

    private static bool Has(ulong set, BackendServer server) => (set & BackendPool.Bit(server.Index)) != 0;
}
