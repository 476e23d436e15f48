namespace Edge.Hocon.Tests;

public class UnitSpecs
{
    [Theory]
    [InlineData("5s", HoconUnitStatus.Ok, 5_000)]
    [InlineData("100ms", HoconUnitStatus.Ok, 100)]
    [InlineData("1 m", HoconUnitStatus.Ok, 60_000)]
    [InlineData("2 minutes", HoconUnitStatus.Ok, 120_000)]
    [InlineData(" 1.5 hours ", HoconUnitStatus.Ok, 5_400_000)]
    [InlineData("1d", HoconUnitStatus.Ok, 86_400_000)]
    [InlineData("250us", HoconUnitStatus.Ok, 0.25)]
    [InlineData("500 nanos", HoconUnitStatus.Ok, 0.0005)]
    [InlineData("0s", HoconUnitStatus.Ok, 0)]
    [InlineData("30", HoconUnitStatus.NoUnit, 30)]
    [InlineData("infinite", HoconUnitStatus.Infinite, -1)]
    [InlineData("-5s", HoconUnitStatus.Negative, 0)]
    [InlineData("5 S", HoconUnitStatus.UnknownUnit, 0)]
    [InlineData("5 parsecs", HoconUnitStatus.UnknownUnit, 0)]
    [InlineData("5s5", HoconUnitStatus.UnknownUnit, 0)]
    [InlineData("", HoconUnitStatus.NoNumber, 0)]
    [InlineData("s", HoconUnitStatus.NoNumber, 0)]
    [InlineData("-", HoconUnitStatus.NoNumber, 0)]
    [InlineData("1.2.3s", HoconUnitStatus.NoNumber, 0)]
    [InlineData("10675200d", HoconUnitStatus.OutOfRange, 0)]
    [InlineData("99999999999999999999999999999999999s", HoconUnitStatus.OutOfRange, 0)]
    public void Durations(string text, HoconUnitStatus status, double milliseconds)
    {
        Assert.Equal(status, HoconDuration.Read(text, out var value));
        Assert.Equal(TimeSpan.FromTicks((long)Math.Round(milliseconds * TimeSpan.TicksPerMillisecond)), value);
    }

    [Theory]
    [InlineData("16", HoconUnitStatus.NoUnit, 16)]
    [InlineData("16B", HoconUnitStatus.Ok, 16)]
    [InlineData("16k", HoconUnitStatus.Ok, 16 * 1024)]
    [InlineData("16KiB", HoconUnitStatus.Ok, 16 * 1024)]
    [InlineData("10 kB", HoconUnitStatus.Ok, 10_000)]
    [InlineData("1MiB", HoconUnitStatus.Ok, 1 << 20)]
    [InlineData("1.5 M", HoconUnitStatus.Ok, 3 << 19)]
    [InlineData("2 megabytes", HoconUnitStatus.Ok, 2_000_000)]
    [InlineData("1G", HoconUnitStatus.Ok, 1L << 30)]
    [InlineData("7E", HoconUnitStatus.Ok, 7L << 60)]
    [InlineData("8E", HoconUnitStatus.OutOfRange, 0)]
    [InlineData("KiB", HoconUnitStatus.NoNumber, 0)]
    [InlineData("-1k", HoconUnitStatus.Negative, 0)]
    [InlineData("1KB", HoconUnitStatus.UnknownUnit, 0)]
    public void Sizes(string text, HoconUnitStatus status, long bytes)
    {
        Assert.Equal(status, HoconSize.Read(text, out var value));
        Assert.Equal(bytes, value);
    }
}
