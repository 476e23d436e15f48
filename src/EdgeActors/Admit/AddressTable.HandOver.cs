namespace EdgeActors.Admit;

/// <summary>What moves to another node's table.</summary>
public sealed partial class AddressTable
{
    /// <summary>The addresses with a rate above <paramref name="rate"/>, at most <paramref name="most"/> of them, those seen last first. Walks through the
    /// whole table: for the end of its use.</summary>
    public IReadOnlyList<(AddressKey Address, RateHistory History)> Above(uint rate, int most, uint nowMs)
    {
        var found = new List<(AddressKey, RateHistory)>();
        for (var index = _newest; index != None && found.Count < most; index = At(index).Older)
        {
            ref var entry = ref At(index);
            // Beyond here none has been seen within two periods, and what was seen before counts no more.
            if (nowMs - entry.LastSeen >= 2 * _periodMs)
                break;
            if (entry.Counter.Read(nowMs, _periodMs) > rate)
                found.Add((entry.Key, entry.Counter.History(nowMs, _periodMs)));
        }
        return found;
    }

    /// <summary>Counts on from what another table has counted.</summary>
    public void Add(in AddressKey key, in RateHistory history, uint nowMs) => See(key, nowMs).Counter.Add(history, nowMs, _periodMs);
}
