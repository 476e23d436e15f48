using System.Globalization;

namespace EdgeActors.Settings;

/// <summary>HTTP statuses that a check takes for good: <c>200</c>, <c>2xx</c> and <c>200-399</c>, with commas between them. Pure.</summary>
public sealed class StatusSet : IEquatable<StatusSet>
{
    private const int Lowest = 100, Highest = 599;

    private readonly string _text;
    private readonly (int First, int Last)[] _ranges;

    private StatusSet(string text, (int First, int Last)[] ranges)
    {
        _text = text;
        _ranges = ranges;
    }

    /// <summary>Takes none.</summary>
    public static StatusSet Empty { get; } = new("", []);

    public bool Contains(int status)
    {
        foreach (var (first, last) in _ranges)
        {
            if (status >= first && status <= last)
                return true;
        }
        return false;
    }

    /// <returns>False for anything else than a list as above, or a status outside of 100 to 599; the set is then empty.</returns>
    public static bool TryRead(string text, out StatusSet set)
    {
        set = Empty;
        var ranges = new List<(int, int)>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!TryReadRange(part, out var range))
                return false;
            ranges.Add(range);
        }
        set = new StatusSet(text, [.. ranges]);
        return true;
    }

    public bool Equals(StatusSet? other) => other is not null && _ranges.AsSpan().SequenceEqual(other._ranges);

    public override bool Equals(object? obj) => Equals(obj as StatusSet);

    public override int GetHashCode() => _ranges.Length == 0 ? 0 : _ranges[0].GetHashCode();

    public override string ToString() => _text;

    private static bool TryReadRange(string text, out (int First, int Last) range)
    {
        range = default;
        if (text is [>= '1' and <= '5' and var hundred, 'x', 'x'])
        {
            range = ((hundred - '0') * 100, (hundred - '0') * 100 + 99);
            return true;
        }
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        if (!TryReadStatus(dash < 0 ? text : text[..dash], out range.First) || !TryReadStatus(text[(dash + 1)..], out range.Last))
            return false;
        return range.First <= range.Last;
    }

    private static bool TryReadStatus(string text, out int status) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out status) && text.Length == 3 && status is >= Lowest and <= Highest;
}
