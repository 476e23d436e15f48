namespace EdgeActors.Admit;

/// <summary>What another node's tables have to know when they go on with a shard.</summary>
public sealed partial class RateTables
{
    /// <summary>The addresses that count, by listener: the hot ones, over half of their limit, first.</summary>
    /// <param name="most">Addresses of each listener.</param>
    internal IEnumerable<(int Listener, IReadOnlyList<(AddressKey Address, RateHistory History)> Rates)> Counting(int most, TimeProvider time)
    {
        for (var listener = 0; listener < _tables.Length; listener++)
        {
            if (_tables[listener]?.Counting((uint)_limits[listener] / 2, most, RateClock.Now(time)) is { Count: > 0 } rates)
                yield return (listener, rates);
        }
    }

    /// <summary>Counts on from what others have counted.</summary>
    /// <param name="ago">When they said so.</param>
    internal void Add(int listener, in AddressKey address, in RateHistory history, TimeSpan ago, TimeProvider time)
    {
        Follow();
        if (TableOf(listener) is not { } table || ago > AddressTable.MaxPeriod)
            return;
        var now = history.After((uint)ago.TotalMilliseconds, (uint)_settings[listener]!.Per.TotalMilliseconds);
        if (now is not { Current: 0, Previous: 0 })
            table.Add(address, now, RateClock.Now(time));
    }

    /// <summary>The window of a listener's limit; null where there is none.</summary>
    internal TimeSpan? PeriodOf(int listener) => TableOf(listener) is null ? null : _settings[listener]?.Per;
}
