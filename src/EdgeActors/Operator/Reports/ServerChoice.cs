using System.Net;
using EdgeActors.Answers;
using EdgeActors.Routing;
using EdgeActors.Settings;

namespace EdgeActors.Operator.Reports;

/// <summary>Which server of a backend a client would get, and why not the others: as the pool chooses, but nobody's turn is taken.</summary>
internal sealed class ServerChoice
{
    private readonly BalanceAlgorithm _balance;
    private readonly BackendPool _pool;
    private readonly IPAddress? _client;

    /// <summary>Those that would do, and those of them that have room.</summary>
    private readonly ulong _candidates, _open;

    /// <summary>Those among which the next turn decides; a single one is certain.</summary>
    private readonly ulong _next;

    private ServerChoice(BackendPool pool, IPAddress? client)
    {
        _balance = pool.Settings.Pool.Balance;
        _pool = pool;
        _client = client;
        _candidates = pool.Candidates;
        foreach (var server in pool.Servers)
        {
            if (Has(_candidates, server) && !server.IsFull)
                _open |= server.Bit;
        }
        _next = Next();
    }

    public static TableAnswer Table(BackendPool pool, IPAddress? client)
    {
        var choice = new ServerChoice(pool, client);
        return TableAnswer.Of(
            "servers",
            pool.Servers.Select(server => (Server: server, Verdict: choice.Verdict(server))),
            new("server", CellType.Text, static row => row.Server.Name),
            new("address", CellType.Text, static row => row.Server.HasAddress ? row.Server.EndPoint.ToString() : null, IsExtra: true),
            new("state", CellType.State, static row => PoolReport.StateOf(row.Server)),
            new("connections", CellType.Number, static row => (long)row.Server.State.Connections, IsExtra: true),
            new("weight", CellType.Number, static row => (long)row.Server.Weight, IsExtra: true),
            new("share", CellType.Percent, row => choice.Share(row.Server)),
            new("chosen", CellType.Text, static row => row.Verdict.Chosen),
            new("why", CellType.Text, static row => row.Verdict.Why));
    }

    private (string Chosen, string Why) Verdict(ServerModel server)
    {
        if (server.Admin != AdminState.Ready)
            return ("no", "an operator has taken it out of use");
        if (!server.HasAddress)
            return ("no", "its host name has no address yet");
        if (!server.Up)
            return ("no", $"its checks say so: {server.State.Health?.Last.ToString() ?? "DOWN"}");
        if (server.Weight == 0)
            return ("no", "its weight is 0");
        if (!Has(_candidates, server))
            return ("no", _pool.Servers.Any(other => !other.Settings.IsBackup && Has(_candidates, other))
                ? "a backup, and others are usable"
                : "a backup, and another one comes first");
        if (Has(_next, server))
            return (_next & (_next - 1)) == 0 ? Certain(server) : ("maybe", Reason());
        return ("no", !Has(_open, server) ? $"full: {server.State.Connections} of {server.Settings.MaxConnections}" : NotNext());
    }

    private (string Chosen, string Why) Certain(ServerModel server) => server.IsFull
        ? ("waits", $"full: {server.State.Connections} of {server.Settings.MaxConnections}; a client keeps to its server")
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
    private object? Share(ServerModel server)
    {
        if (_balance == BalanceAlgorithm.First || !Has(_candidates, server))
            return null;
        var all = _pool.Servers.Where(one => Has(_candidates, one)).Sum(static one => one.Weight);
        return 100.0 * server.Weight / all;
    }

    private ulong Next()
    {
        if (_balance == BalanceAlgorithm.Source)
            return _client is null || _candidates == 0
                ? _candidates
                : BackendPool.Bit(Balancer.For(_balance, _pool.Servers).Choose(
                    _candidates, [.. _pool.Servers.Select(static server => server.Weight)], _client));
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
        return open.Where(server => Load(server) == least).Aggregate(0UL, static (set, server) => set | server.Bit);
    }

    private static decimal Load(ServerModel server) => (server.State.Connections + 1m) / server.Weight;

    private static bool Has(ulong set, ServerModel server) => (set & server.Bit) != 0;
}
