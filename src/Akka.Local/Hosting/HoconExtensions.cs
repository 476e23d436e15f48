using System.Buffers;
using System.Globalization;
using System.Text;
using Akka.Configuration;

namespace Akka.Hosting;

/// <summary>Values as HOCON text.</summary>
public static class HoconExtensions
{
    // What HOCON does not allow in an unquoted string, and the escapes.
    private static readonly SearchValues<char> NeedsQuotes = SearchValues.Create("$\"{}[]:=,+#`^?!@*&\\/\n\r\t\b\f ");

    /// <summary>Bare where it can be, quoted and escaped where it must; null is the literal.</summary>
    public static string ToHocon(this string? text)
    {
        if (text is null)
            return "null";
        if (text.Length > 0 && text.AsSpan().IndexOfAny(NeedsQuotes) < 0)
            return text;

        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' or '\\' => quoted.Append('\\').Append(c),
                < ' ' => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }

    public static string ToHocon(this bool value) => value ? "on" : "off";

    /// <exception cref="ConfigurationException">The value is null.</exception>
    public static string ToHocon(this bool? value) => Required(value).ToHocon();

    public static string ToHocon(this int value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>Milliseconds.</summary>
    /// <exception cref="ConfigurationException">The time is negative (or zero, where that means for ever), and that is not allowed.</exception>
    public static string ToHocon(this TimeSpan value, bool allowInfinite = false, bool zeroIsInfinite = false)
    {
        if (value > TimeSpan.Zero || (value == TimeSpan.Zero && !zeroIsInfinite))
            return value.TotalMilliseconds.ToString(CultureInfo.InvariantCulture) + "ms";
        return allowInfinite ? "infinite" : throw new ConfigurationException("Infinite value is not allowed");
    }

    /// <exception cref="ConfigurationException">The value is null, or as for the other overload.</exception>
    public static string ToHocon(this TimeSpan? value, bool allowInfinite = false, bool zeroIsInfinite = false) =>
        Required(value).ToHocon(allowInfinite, zeroIsInfinite);

    private static T Required<T>(T? value)
        where T : struct => value ?? throw new ConfigurationException("Value can not be null");
}
