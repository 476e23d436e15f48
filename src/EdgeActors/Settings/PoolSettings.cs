namespace EdgeActors.Settings;

/// <summary>How a backend's servers share its connections.</summary>
public sealed record PoolSettings
{
    public required BalanceAlgorithm Balance { get; init; }

    /// <summary>With every other server unusable, all backup servers are used and not the first usable one alone.</summary>
    public required bool AllBackups { get; init; }

    /// <summary>A connection that its server did not take moves to another one at once; false: it asks the same one again, after the pause.</summary>
    public required bool Redispatch { get; init; }

    public required QueueSettings Queue { get; init; }

    public required ResolveSettings Resolve { get; init; }
}

/// <summary>Which server gets a new connection. Each heeds the servers' weights but <see cref="First"/>.</summary>
public enum BalanceAlgorithm
{
    /// <summary>In turns, those of a heavier server spread evenly among the others'.</summary>
    RoundRobin,

    /// <summary>The one with the fewest connections for its weight; of equal ones, in turns.</summary>
    LeastConnections,

    /// <summary>Of two drawn at random the one with fewer connections for its weight.</summary>
    Random,

    /// <summary>Always the same one for the same client address, as long as that server is usable.</summary>
    Source,

    /// <summary>The first one that is not full, in the order of the file.</summary>
    First,
}

/// <summary>Connections that wait because every usable server is full.</summary>
/// <param name="Max">Of one backend at once; beyond it a connection is closed. Zero: none waits.</param>
/// <param name="Timeout">How long one waits.</param>
public sealed record QueueSettings(int Max, TimeSpan Timeout);

/// <summary>Host names in place of addresses.</summary>
/// <param name="Interval">From one look-up to the next; null: once, at start.</param>
/// <param name="NeededAtStart">A name without an address is an error at start; false: its server counts as down until it has one.</param>
public sealed record ResolveSettings(TimeSpan? Interval, bool NeededAtStart);
