using Edge.Hocon;
using EdgeActors.Route;

namespace EdgeActors.Config;

/// <summary>Of a backend's section the keys about sharing connections, and those of its servers that a backend may set for all of them.</summary>
internal static class PoolReader
{
    private const int MaxConnections = 1_000_000;
    private const int MaxQueue = 100_000;

    private static readonly string[] ServerKeys = ["weight", "maxconn", "slow-start"];

    public static PoolSettings Read(ConfigSection section)
    {
        // For themselves, so that a mistake in them is told even if every server has a value of its own.
        ReadOptions(section);
        var pool = new PoolSettings
        {
            Balance = section.Choice(
                "balance",
                ("roundrobin", BalanceAlgorithm.RoundRobin),
                ("leastconn", BalanceAlgorithm.LeastConnections),
                ("random", BalanceAlgorithm.Random),
                ("source", BalanceAlgorithm.Source),
                ("first", BalanceAlgorithm.First)),
            AllBackups = section.Flag("all-backups"),
            Redispatch = section.Flag("redispatch"),
            Queue = ReadQueue(section.Section("queue")),
            Resolve = ReadResolve(section.Section("resolve")),
        };
        return pool;
    }

    /// <summary>What stands behind a server's own keys: its backend's, then the defaults'.</summary>
    public static IReadOnlyList<ConfigScope> ServerDefaults(ConfigSection backend)
    {
        var scopes = new List<ConfigScope>();
        foreach (var key in ServerKeys)
        {
            if (backend.Find(key, out var path) is { } value)
                scopes.Add(new ConfigScope(new HoconObject([new HoconField(key, value, value.Origin)], value.Origin), path[..^(key.Length + 1)], BuiltIn: true));
        }
        return scopes;
    }

    /// <param name="server">Its own section over <see cref="ServerDefaults"/>, or those alone.</param>
    /// <param name="hasOwn">Whether there is a section of its own.</param>
    public static ServerSettings With(this ServerSettings settings, ConfigSection server, bool hasOwn, ConfigReading reading)
    {
        var (weight, maxConnections, slowStart) = ReadOptions(server);
        return settings with
        {
            Weight = weight,
            MaxConnections = maxConnections,
            SlowStart = slowStart,
            IsBackup = hasOwn && ReadBackup(server, reading),
        };
    }

    private static (int Weight, int MaxConnections, TimeSpan SlowStart) ReadOptions(ConfigSection section) => (
        section.Int("weight", 0, ServerSettings.MaxWeight),
        section.IntOr("off", "maxconn", 0, MaxConnections) ?? 0,
        section.DurationOr("off", "slow-start") ?? TimeSpan.Zero);

    /// <summary>A server's alone: as a default it would leave a backend without servers to stand in for.</summary>
    private static bool ReadBackup(ConfigSection server, ConfigReading reading)
    {
        var value = server.FindOwn("backup", out var path);
        switch ((value as HoconScalar)?.Text)
        {
            case "on" or "true":
                return true;
            case null when value is null:
            case "off" or "false":
                return false;
            default:
                reading.Report(value!.Origin, path, $"{ConfigSection.Shown(value)} is not known here; expected on or off");
                return false;
        }
    }

    private static QueueSettings ReadQueue(ConfigSection queue) => new(queue.Int("max", 0, MaxQueue), queue.Duration("timeout"));

    private static ResolveSettings ReadResolve(ConfigSection resolve) => new(
        resolve.DurationOr("off", "interval"),
        resolve.Choice("at-start", ("required", true), ("optional", false)));
}
