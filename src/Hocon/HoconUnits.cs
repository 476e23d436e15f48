using System.Globalization;

namespace Edge.Hocon;

public enum HoconUnitStatus
{
    Ok,

    /// <summary>A number alone. The value is set: milliseconds for a duration, bytes for a size.</summary>
    NoUnit,

    /// <summary>The duration <c>infinite</c>; the value is <see cref="Timeout.InfiniteTimeSpan"/>.</summary>
    Infinite,
    NoNumber,
    UnknownUnit,
    Negative,
    OutOfRange,
}

/// <summary>Durations as the HOCON specification writes them: <c>5s</c>, <c>100 ms</c>, <c>1.5 minutes</c>, and <c>infinite</c>.</summary>
public static class HoconDuration
{
    private const decimal TicksPerNanosecond = 0.01m;

    public static HoconUnitStatus Read(ReadOnlySpan<char> text, out TimeSpan value)
    {
        value = default;
        if (text.Trim() is "infinite")
        {
            value = Timeout.InfiniteTimeSpan;
            return HoconUnitStatus.Infinite;
        }
        var status = HoconUnits.Split(text, out var number, out var unit);
        if (status is not (HoconUnitStatus.Ok or HoconUnitStatus.NoUnit))
            return status;
        var ticksPerUnit = TicksOf(unit);
        if (ticksPerUnit == 0)
            return HoconUnitStatus.UnknownUnit;
        if (number > long.MaxValue / ticksPerUnit)
            return HoconUnitStatus.OutOfRange;
        value = new TimeSpan((long)decimal.Round(number * ticksPerUnit));
        return status;
    }

    private static decimal TicksOf(ReadOnlySpan<char> unit) => unit switch
    {
        "ns" or "nano" or "nanos" or "nanosecond" or "nanoseconds" => TicksPerNanosecond,
        "us" or "micro" or "micros" or "microsecond" or "microseconds" => TimeSpan.TicksPerMicrosecond,
        "" or "ms" or "milli" or "millis" or "millisecond" or "milliseconds" => TimeSpan.TicksPerMillisecond,
        "s" or "second" or "seconds" => TimeSpan.TicksPerSecond,
        "m" or "minute" or "minutes" => TimeSpan.TicksPerMinute,
        "h" or "hour" or "hours" => TimeSpan.TicksPerHour,
        "d" or "day" or "days" => TimeSpan.TicksPerDay,
        _ => 0,
    };
}

/// <summary>Sizes in bytes as in the HOCON specification: single letters and <c>KiB</c> are powers of 1024, <c>kB</c> of 1000.</summary>
public static class HoconSize
{
    public static HoconUnitStatus Read(ReadOnlySpan<char> text, out long value)
    {
        value = 0;
        var status = HoconUnits.Split(text, out var number, out var unit);
        if (status is not (HoconUnitStatus.Ok or HoconUnitStatus.NoUnit))
            return status;
        var factor = FactorOf(unit);
        if (factor == 0)
            return HoconUnitStatus.UnknownUnit;
        if (number > (decimal)long.MaxValue / factor)
            return HoconUnitStatus.OutOfRange;
        value = (long)decimal.Truncate(number * factor);
        return status;
    }

    private static long FactorOf(ReadOnlySpan<char> unit) => unit switch
    {
        "" or "B" or "b" or "byte" or "bytes" => 1,
        "kB" or "kilobyte" or "kilobytes" => 1000,
        "K" or "k" or "Ki" or "KiB" or "kibibyte" or "kibibytes" => 1L << 10,
        "MB" or "megabyte" or "megabytes" => 1_000_000,
        "M" or "m" or "Mi" or "MiB" or "mebibyte" or "mebibytes" => 1L << 20,
        "GB" or "gigabyte" or "gigabytes" => 1_000_000_000,
        "G" or "g" or "Gi" or "GiB" or "gibibyte" or "gibibytes" => 1L << 30,
        "TB" or "terabyte" or "terabytes" => 1_000_000_000_000,
        "T" or "t" or "Ti" or "TiB" or "tebibyte" or "tebibytes" => 1L << 40,
        "PB" or "petabyte" or "petabytes" => 1_000_000_000_000_000,
        "P" or "p" or "Pi" or "PiB" or "pebibyte" or "pebibytes" => 1L << 50,
        "EB" or "exabyte" or "exabytes" => 1_000_000_000_000_000_000,
        "E" or "e" or "Ei" or "EiB" or "exbibyte" or "exbibytes" => 1L << 60,
        _ => 0,
    };
}

internal static class HoconUnits
{
    /// <summary>A sign is parsed only to be rejected with its own error.</summary>
    public static HoconUnitStatus Split(ReadOnlySpan<char> text, out decimal number, out ReadOnlySpan<char> unit)
    {
        text = text.Trim();
        var end = 0;
        while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] == '.' || (end == 0 && text[end] is '-' or '+')))
            end++;
        unit = text[end..].TrimStart();
        var digits = text[..end];
        number = 0;
        if (digits.IndexOfAnyInRange('0', '9') < 0 || digits.Count('.') > 1)
            return HoconUnitStatus.NoNumber;
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        if (!decimal.TryParse(digits, Style, CultureInfo.InvariantCulture, out number))
            return HoconUnitStatus.OutOfRange;
        if (number < 0)
            return HoconUnitStatus.Negative;
        return unit.IsEmpty ? HoconUnitStatus.NoUnit : HoconUnitStatus.Ok;
    }
}
