using EdgeActors.Settings;

namespace EdgeActors.Admission;

/// <summary>What moves to another node's table.</summary>
public sealed partial class AddressTable
{
    /// <summary>What counts at this moment, at most so many addresses: those with a rate above <paramref name="hot"/> first, then the others, of either those
    /// seen last first. Walks through the whole table: for the end of its use.</summary>
    public IReadOnlyList<(AddressKey Address, RateHistory History)> Counting(uint hot, int most, uint nowMs)
    {
        var (found, others) = (new List<(AddressKey, RateHistory)>(), new List<(AddressKey, RateHistory)>());
        for (var index = _newest; index != None && found.Count < most; index = At(index).Older)
        {
            ref var entry = ref At(index);
            // Beyond here none has been seen within two periods, and what was seen before counts no more.
            if (nowMs - entry.LastSeen >= 2 * _periodMs)
                break;
            var rate = entry.Counter.Read(nowMs, _periodMs);
            var list = rate > hot ? found : others;
            if (rate > 0 && list.Count < most)
                list.Add((entry.Key, entry.Counter.History(nowMs, _periodMs)));
        }
        found.AddRange(others.Take(most - found.Count));
        return found;
    }

    /// <summary>Counts on from what another table has counted.</summary>
    public void Add(in AddressKey key, in RateHistory history, uint nowMs) => See(key, nowMs).Counter.Add(history, nowMs, _periodMs);
}
