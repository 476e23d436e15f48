using EdgeActors.Connection;

namespace EdgeActors.Node;

/// <summary>One configuration that somebody still lives by.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Since">When it came into force.</param>
/// <param name="Connections">That were accepted by it and are still there.</param>
public sealed record Generation(long Number, DateTimeOffset Since, int Connections);

/// <summary>The configurations of this process: the one in force, and those before it that connections still live by.</summary>
public sealed class Generations(LiveConnections live, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, DateTimeOffset> _since = new() { [1] = time.GetUtcNow() };
    private long _current = 1;

    /// <summary>That in force.</summary>
    public long Current => Volatile.Read(ref _current);

    /// <summary>The oldest first; the last one is in force. Counts connections one by one, so it is for people and not for every turn.</summary>
    public IReadOnlyList<Generation> All
    {
        get
        {
            var counts = new Dictionary<long, int>();
            foreach (var record in live.Records)
                counts[record.Generation] = counts.GetValueOrDefault(record.Generation) + 1;
            lock (_lock)
                return [.. _since.Where(pair => pair.Key == _current || counts.ContainsKey(pair.Key)).Select(
                    pair => new Generation(pair.Key, pair.Value, counts.GetValueOrDefault(pair.Key)))];
        }
    }

    /// <summary>Another one is in force.</summary>
    internal void Next(long number)
    {
        var living = live.Records.Select(static record => record.Generation).ToHashSet();
        lock (_lock)
        {
            // Nobody can come by an old one any more, but for those that are being accepted right now.
            foreach (var dead in _since.Keys.Where(old => old != _current && !living.Contains(old)).ToList())
                _since.Remove(dead);
            _since[number] = time.GetUtcNow();
            Volatile.Write(ref _current, number);
        }
    }
}
