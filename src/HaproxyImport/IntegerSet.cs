using System.Globalization;

namespace HaproxyImport;

/// <summary>Numbers that an ACL matches: <c>5</c>, <c>1:9</c>, <c>gt 50</c> (configuration manual §7.1.2).</summary>
internal sealed record IntegerSet(IReadOnlyList<(long Min, long Max)> Ranges)
{
    /// <returns>Null for invalid text.</returns>
    public static IntegerSet? Read(IReadOnlyList<string> words)
    {
        var ranges = new List<(long, long)>();
        var comparison = "eq";
        foreach (var word in words)
        {
            if (word is "eq" or "gt" or "ge" or "lt" or "le")
            {
                comparison = word;
                continue;
            }
            var colon = word.IndexOf(':', StringComparison.Ordinal);
            if (!TryRead(colon < 0 ? word : word[..colon], 0, out var min)
                || !TryRead(colon < 0 ? word : word[(colon + 1)..], long.MaxValue, out var max))
            {
                return null;
            }
            ranges.Add(comparison switch
            {
                "gt" => (max + 1, long.MaxValue),
                "ge" => (min, long.MaxValue),
                "lt" => (0, min - 1),
                "le" => (0, max),
                _ => (min, max),
            });
        }
        return ranges.Count == 0 ? null : new IntegerSet(ranges);
    }

    /// <summary>Whether the set contains a range; unknown: it contains a part.</summary>
    public Truth Contains(long min, long max)
    {
        var touches = false;
        foreach (var range in Ranges)
        {
            if (range.Min <= min && max <= range.Max)
                return Truth.True;
            touches |= range.Min <= max && min <= range.Max;
        }
        return touches ? Truth.Unknown : Truth.False;
    }

    /// <summary>A range without an end is open.</summary>
    private static bool TryRead(string text, long open, out long number)
    {
        number = open;
        return text.Length == 0
            || (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < long.MaxValue);
    }
}
