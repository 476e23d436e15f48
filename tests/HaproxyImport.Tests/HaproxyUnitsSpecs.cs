namespace HaproxyImport.Tests;

public sealed class HaproxyUnitsSpecs
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("5000", 5000)]
    [InlineData("1us", 1)]
    [InlineData("1001us", 2)]
    [InlineData("250ms", 250)]
    [InlineData("20s", 20_000)]
    [InlineData("5m", 300_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("24d", 2_073_600_000)]
    [InlineData("2147483647", int.MaxValue)]
    public void Times_are_milliseconds_without_a_unit(string text, int milliseconds)
    {
        Assert.True(HaproxyUnits.TryReadTime(text, out var time));
        Assert.Equal(milliseconds, time.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("-1")]
    [InlineData("1.5s")]
    [InlineData("1w")]
    [InlineData("1 s")]
    [InlineData("2147483648")]
    [InlineData("25d")]
    [InlineData("99999999999999999999999999999999999999d")]
    public void What_is_no_time_is_refused(string text) => Assert.False(HaproxyUnits.TryReadTime(text, out _));

    [Theory]
    [InlineData("0", 0)]
    [InlineData("500k", 512_000)]
    [InlineData("1m", 1_048_576)]
    [InlineData("2g", 2_147_483_648)]
    public void Sizes_have_powers_of_1024(string text, long size)
    {
        Assert.True(HaproxyUnits.TryReadSize(text, out var read));
        Assert.Equal(size, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("k")]
    [InlineData("1kb")]
    [InlineData("99999999999999999999g")]
    public void What_is_no_size_is_refused(string text) => Assert.False(HaproxyUnits.TryReadSize(text, out _));
}
