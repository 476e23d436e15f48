using System.Globalization;

namespace HaproxyImport;

/// <summary>Figures as HAProxy writes them (configuration manual, sections 2.5 and 2.6).</summary>
internal static class HaproxyUnits
{
    /// <summary>HAProxy counts milliseconds in 31 bits.</summary>
    private const decimal MaxMilliseconds = int.MaxValue;

    /// <summary>A time: digits and us, ms, s, m, h or d; without a unit, milliseconds. Parts of a millisecond count as a whole
    /// one.</summary>
    public static bool TryReadTime(string text, out TimeSpan time)
    {
        time = TimeSpan.Zero;
        var factor = SplitNumber(text, out var number) switch
        {
            "us" => 0.001m,
            "" or "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => 0,
        };
        if (factor == 0 || number > MaxMilliseconds / factor)
            return false;
        time = TimeSpan.FromMilliseconds((double)decimal.Ceiling(number * factor));
        return true;
    }

    /// <summary>A size: digits and k, m or g, which are powers of 1024.</summary>
    public static bool TryReadSize(string text, out long size)
    {
        size = 0;
        var factor = SplitNumber(text, out var number) switch
        {
            "" => 1L,
            "k" or "K" => 1L << 10,
            "m" or "M" => 1L << 20,
            "g" or "G" => 1L << 30,
            _ => 0,
        };
        if (factor == 0 || number > long.MaxValue / factor)
            return false;
        size = (long)number * factor;
        return true;
    }

    public static bool TryReadInt(string text, int min, int max, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= min && number <= max;

    private static string? SplitNumber(string text, out decimal number)
    {
        var digits = 0;
        while (digits < text.Length && char.IsAsciiDigit(text[digits]))
            digits++;
        return decimal.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out number)
            ? text[digits..]
            : null;
    }
}
