using EdgeActors.Settings;

namespace EdgeActors.Admission;

/// <summary>
/// The limits in force, one a listener, by the listener's number; replaced whole by another configuration. Tables look at them when they are
/// used, so nobody has to be told.
/// </summary>
/// <param name="first">Null, or without a rate, where there is none.</param>
public sealed class RateLimits(IReadOnlyList<RateLimitSettings?> first)
{
    private IReadOnlyList<RateLimitSettings?> _current = first;
    private uint[] _keys = [];

    public IReadOnlyList<RateLimitSettings?> Current => Volatile.Read(ref _current);

    /// <returns>Null: that listener has none.</returns>
    internal RateLimitSettings? Of(int listener) => Current is var current && (uint)listener < (uint)current.Count ? current[listener] : null;

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
