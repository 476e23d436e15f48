using EdgeActors.Config;
using EdgeActors.Health;
using EdgeActors.Route;
using EdgeActors.Telemetry.Traffic;

namespace EdgeActors.Telemetry.Stats;

/// <summary>What a row of statistics is about.</summary>
[Flags]
public enum StatRowKind
{
    Frontend = 1,
    Backend = 2,
    Server = 4,
}

/// <summary>Where a server stands, in HAProxy's words.</summary>
public enum ServerStanding
{
    Down,
    Up,

    /// <summary>An operator has taken it out, or its host name has no address.</summary>
    Maint,

    /// <summary>No new connections: by an operator, or for its weight.</summary>
    Drain,
}

/// <summary>One listener, backend or server at the moment of a reading, with the objects that its figures are read from.</summary>
public sealed class StatRow
{
    public required StatRowKind Kind { get; init; }

    /// <summary>The listener's or the backend's name.</summary>
    public required string Proxy { get; init; }

    /// <summary>The server's name; <c>FRONTEND</c> and <c>BACKEND</c> for the others.</summary>
    public required string Name { get; init; }

    public required SessionTraffic Traffic { get; init; }

    /// <summary>The moment of the reading, as a timestamp.</summary>
    public required long Now { get; init; }

    /// <summary>Its number among the listeners and backends, from 1.</summary>
    public required int ProxyId { get; init; }

    /// <summary>Of a listener: whether it accepts.</summary>
    public bool IsOpen { get; init; }

    /// <summary>Of a listener: connections at once.</summary>
    public int Limit { get; init; }

    /// <summary>Null for a listener.</summary>
    public BackendSettings? Backend { get; init; }

    /// <summary>Null for a listener.</summary>
    public BackendPool? Pool { get; init; }

    /// <summary>Null for all but servers.</summary>
    public BackendServer? Server { get; init; }

    /// <summary>Of a server that is checked.</summary>
    public ProbeTarget? Probe { get; init; }

    /// <summary>Of a backend's servers.</summary>
    public IReadOnlyList<StatRow> Servers { get; init; } = [];

    public ServerStatus Status => Pool!.Status(Server!.Index);

    public PoolTraffic PoolTraffic => (PoolTraffic)Traffic;

    public bool IsUp => Kind switch
    {
        StatRowKind.Frontend => IsOpen,
        StatRowKind.Backend => Pool!.IsUsable,
        _ => Status.Up,
    };

    /// <summary>Of a server.</summary>
    public ServerStanding Standing => Status switch
    {
        { Admin: AdminState.Maint } or { HasAddress: false } => ServerStanding.Maint,
        { Up: false } => ServerStanding.Down,
        { Admin: AdminState.Drain } or { Weight: 0 } => ServerStanding.Drain,
        _ => ServerStanding.Up,
    };

    /// <summary>As HAProxy says it: what its last checks were, if they disagree with where it stands, is in it.</summary>
    public string StatusText
    {
        get
        {
            if (Kind != StatRowKind.Server)
                return Kind == StatRowKind.Frontend ? IsOpen ? "OPEN" : "STOP" : IsUp ? "UP" : "DOWN";
            var standing = Standing;
            if (standing == ServerStanding.Maint)
                return Status.HasAddress ? "MAINT" : "MAINT (resolution)";
            var text = standing == ServerStanding.Drain ? "DRAIN" : standing == ServerStanding.Up ? "UP" : "DOWN";
            if (Probe is null)
                return standing == ServerStanding.Up ? "no check" : text;
            if (Probe.State.Phase != HealthPhase.Transition)
                return text;
            var inARow = Probe.Record.Status.InARow;
            return Status.Up
                ? $"{text} {Math.Max(1, Probe.Settings.Fall - inARow)}/{Probe.Settings.Fall}"
                : $"{text} {Math.Min(inARow, Probe.Settings.Rise - 1)}/{Probe.Settings.Rise}";
        }
    }

    /// <summary>Of a server: per cent of its weight, while that grows; null: all of it.</summary>
    public int? Throttle
    {
        get
        {
            if (Server!.SlowStart <= TimeSpan.Zero || Status.Since == 0 || !Status.IsUsable)
                return null;
            var part = System.Diagnostics.Stopwatch.GetElapsedTime(Status.Since, Now) / Server.SlowStart;
            return part < 1 ? (int)(100 * part) : null;
        }
    }

    /// <summary>Of a backend: servers that may get connections, ordinary or backup ones.</summary>
    public int Usable(bool backup)
    {
        var count = 0;
        foreach (var server in Servers)
        {
            if (server.Server!.IsBackup == backup && server.Status.IsUsable)
                count++;
        }
        return count;
    }

    /// <summary>Of a server its weight, of a backend those of the ordinary servers that may get connections.</summary>
    public int Weight
    {
        get
        {
            if (Kind == StatRowKind.Server)
                return Status.Weight;
            var sum = 0;
            foreach (var server in Servers)
            {
                if (!server.Server!.IsBackup && server.Status.IsUsable)
                    sum += server.Status.Weight;
            }
            return sum;
        }
    }
}
