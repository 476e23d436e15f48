using System.Globalization;

namespace EdgeActors.Answers;

/// <summary>Cells for people: short, with a unit.</summary>
public static class CellText
{
    /// <summary>Shown for a cell without a value.</summary>
    public const string Nothing = "-";

    private static readonly string[] ByteUnits = ["", "K", "M", "G", "T", "P", "E"];

    public static string Of(CellType type, object? value) => (type, value) switch
    {
        (_, null) => Nothing,
        (CellType.Bytes, long bytes) => Bytes(bytes),
        (CellType.Duration, TimeSpan time) => Duration(time),
        (CellType.Percent, double percent) => string.Create(CultureInfo.InvariantCulture, $"{percent:0.#}%"),
        (CellType.Time, DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        (CellType.Flag, bool flag) => flag ? "yes" : "no",
        _ => OneLine(Convert.ToString(value, CultureInfo.InvariantCulture) ?? Nothing),
    };

    /// <summary>The two largest units: 3d4h, 5m3s, 1.5s, 20ms.</summary>
    public static string Duration(TimeSpan time)
    {
        var (sign, t) = time < TimeSpan.Zero ? ("-", time.Negate()) : ("", time);
        return sign + (t switch
        {
            { TotalMilliseconds: < 1000 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(t.TotalMilliseconds)}ms"),
            { TotalSeconds: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(t.TotalSeconds * 10) / 10:0.#}s"),
            { TotalMinutes: < 60 } => Two((long)t.TotalMinutes, "m", t.Seconds, "s"),
            { TotalHours: < 24 } => Two((long)t.TotalHours, "h", t.Minutes, "m"),
            _ => Two((long)t.TotalDays, "d", t.Hours, "h"),
        });
    }

    /// <summary>Powers of 1024: 999, 1.5K, 20M.</summary>
    public static string Bytes(long bytes)
    {
        double shown = bytes;
        var unit = 0;
        // 1023.95 would be shown as 1024.
        while (Math.Abs(shown) >= (unit == 0 ? 1024 : 1023.95))
        {
            shown /= 1024;
            unit++;
        }
        return string.Create(CultureInfo.InvariantCulture, $"{shown:0.#}{ByteUnits[unit]}");
    }

    /// <summary>Text from outside must neither break a line nor move a terminal's cursor.</summary>
    public static string OneLine(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(static c => char.IsControl(c) ? ' ' : c)) : text;

    private static string Two(long large, string largeUnit, int small, string smallUnit) => small == 0
        ? string.Create(CultureInfo.InvariantCulture, $"{large}{largeUnit}")
        : string.Create(CultureInfo.InvariantCulture, $"{large}{largeUnit}{small}{smallUnit}");
}
