using System.Text;
using EdgeActors.Settings;

namespace EdgeActors.Admission;

/// <summary>The limits in force by listener number, replaced whole by another configuration. Tables read them at each use.</summary>
/// <param name="first">Null, or without a rate, where there is none.</param>
public sealed class RateLimits(IReadOnlyList<RateLimitSettings?> first)
{
    private IReadOnlyList<RateLimitSettings?> _current = first;
    private uint[] _keys = [];

    public IReadOnlyList<RateLimitSettings?> Current => Volatile.Read(ref _current);

    /// <returns>Null: that listener has none.</returns>
    internal RateLimitSettings? Of(int listener) => Current.ElementAtOrDefault(listener);

    /// <summary>What other nodes know a listener by: numbers are each node's own.</summary>
    internal uint KeyOf(int listener) => Volatile.Read(ref _keys) is var keys && (uint)listener < (uint)keys.Length ? keys[listener] : 0;

    /// <returns>-1: no listener of this node has that key.</returns>
    internal int NumberOf(uint key) => Array.IndexOf(Volatile.Read(ref _keys), key);

    /// <param name="names">Of the listeners, by number.</param>
    internal void Publish(IReadOnlyList<RateLimitSettings?> next, IReadOnlyList<string> names)
    {
        Volatile.Write(ref _keys, [.. names.Select(ListenerKey.Of)]);
        Volatile.Write(ref _current, next);
    }
}

/// <summary>A listener's name in 32 bits, the same in every process and version, for messages between nodes.</summary>
internal static class ListenerKey
{
    /// <summary>FNV-1a. Two listeners of the same key would share a limit, which is improbable for a handful of listeners.</summary>
    public static uint Of(string name)
    {
        var hash = 2166136261u;
        foreach (var b in Encoding.UTF8.GetBytes(name))
            hash = (hash ^ b) * 16777619;
        return hash;
    }
}
