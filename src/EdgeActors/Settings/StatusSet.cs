using System.Globalization;

namespace EdgeActors.Settings;

/// <summary>HTTP statuses that a check takes for good: <c>200</c>, <c>2xx</c> and <c>200-399</c>, with commas between them. Pure.</summary>
public sealed class StatusSet : IEquatable<StatusSet>
{
    private readonly string _text;
    private readonly (int First, int Last)[] _ranges;

    private StatusSet(string text, (int First, int Last)[] ranges)
    {
        _text = text;
        _ranges = ranges;
    }

    /// <summary>Takes none.</summary>
    public static StatusSet Empty { get; } = new("", []);

    public bool Contains(int status) => Array.Exists(_ranges, range => status >= range.First && status <= range.Last);

    /// <returns>False for anything else than a list as above, or a status outside of 100 to 599; the set is then empty.</returns>
    public static bool TryRead(string text, out StatusSet set)
    {
        var ranges = Array.ConvertAll(text.Split(',', StringSplitOptions.TrimEntries), ReadRange);
        var isRead = Array.TrueForAll(ranges, static range => range is not null);
        set = isRead ? new StatusSet(text, [.. ranges.Select(static range => range!.Value)]) : Empty;
        return isRead;
    }

    public bool Equals(StatusSet? other) => other is not null && _ranges.AsSpan().SequenceEqual(other._ranges);

    public override bool Equals(object? obj) => Equals(obj as StatusSet);

    public override int GetHashCode() => _ranges.Length == 0 ? 0 : _ranges[0].GetHashCode();

    public override string ToString() => _text;

    private static (int First, int Last)? ReadRange(string text)
    {
        if (text is [>= '1' and <= '5' and var hundred, 'x', 'x'])
            return ((hundred - '0') * 100, (hundred - '0') * 100 + 99);
        var ends = text.Split('-');
        return ends.Length <= 2 && ReadStatus(ends[0]) is { } first && ReadStatus(ends[^1]) is { } last && first <= last
            ? (first, last)
            : null;
    }

    private static int? ReadStatus(string text) =>
        text.Length == 3 && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var status)
            && status is >= 100 and <= 599 ? status
            : null;
}
