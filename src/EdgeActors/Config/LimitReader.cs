using System.Globalization;
using Edge.Hocon;

namespace EdgeActors.Config;

/// <summary><c>edge.limits</c>.</summary>
internal static class LimitReader
{
    private const int Million = 1_000_000;

    public static LimitSettings Read(ConfigSection edge)
    {
        var section = edge.Section("limits");
        return new LimitSettings(section.Int("max-connections", 1, Million), section.Int("max-peeks", 1, Million), ReadMemory(section));
    }

    private static int? ReadMemory(ConfigSection section)
    {
        var value = section.Find("memory", out var path)!;
        if (value is HoconScalar { IsNull: false } text)
        {
            if (text.Text is "off" or "false")
                return null;
            if (text.Text is [.. var digits, '%'] && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var percent) && percent is >= 10 and <= 100)
                return percent;
        }
        section.Reading.Report(value.Origin, path, $"{ConfigSection.Shown(value)} is no share of the memory; expected 10% to 100%, or off");
        return null;
    }
}
