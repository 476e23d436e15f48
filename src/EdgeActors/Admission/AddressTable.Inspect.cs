using EdgeActors.Settings;

namespace EdgeActors.Admission;

/// <summary>What operators want to know of the table, in portions, as they are not the only ones.</summary>
public sealed partial class AddressTable
{
    /// <summary>Rows looked at in one go: some tens of microseconds.</summary>
    internal const int Portion = 1024;

    /// <summary>Forgets one address.</summary>
    /// <returns>False: it was not known.</returns>
    public bool Forget(in AddressKey key)
    {
        var index = Find(key);
        if (index == None)
            return false;
        Remove(index);
        return true;
    }

    /// <summary>The highest rates among <see cref="Portion"/> rows. Addresses that come or go between two portions may be missed.</summary>
    public TopRates Top(int from, int most, uint nowMs)
    {
        var found = new List<(AddressKey Address, uint Count)>();
        var end = Math.Min(_used, from + Portion);
        for (var index = from; index < end; index++)
        {
            ref var entry = ref At(index);
            if (!IsFree(index) && entry.Counter.Read(nowMs, _periodMs) is var rate and > 0)
                found.Add((entry.Key, rate));
        }
        found.Sort(static (a, b) => b.Count.CompareTo(a.Count));
        if (found.Count > most)
            found.RemoveRange(most, found.Count - most);
        return new TopRates(found, end < _used ? end : null);
    }

    /// <summary>A row that is its own neighbour is in no list.</summary>
    private void MarkFree(int index) => At(index).Newer = index;

    private bool IsFree(int index) => At(index).Newer == index;
}
