using System.Net;
using EdgeActors.Admission;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Admission;

public class RateTablesSpecs
{
    private readonly ManualTime _time = new();

    private static AddressKey Key(byte n) => AddressKey.From(new IPAddress([192, 0, 2, n]));

    [Fact]
    public void Quiet_addresses_of_every_listener_are_forgotten_up_to_the_number_asked_for()
    {
        var tables = new RateTables([TestSettings.RateLimit(), null, TestSettings.RateLimit()], shards: 1);
        for (byte i = 0; i < 10; i++)
        {
            tables.Admit(0, Key(i), _time);
            tables.Admit(1, Key(i), _time);
            tables.Admit(2, Key(i), _time);
        }
        Assert.Equal(20, tables.Count);
        _time.Advance(TimeSpan.FromSeconds(60) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(0, tables.Expire(_time, 100));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(12, tables.Expire(_time, 12));
        Assert.Equal(8, tables.Count);
        Assert.Equal(8, tables.Expire(_time, 12));
        Assert.Equal(0, tables.Count);
        Assert.Equal(0, tables.Expire(_time, 12));
    }

    [Theory]
    [InlineData(60_000, 15_000)]
    [InlineData(4_004, 1_001)]
    [InlineData(4_000, 1_000)]
    [InlineData(2, 1_000)]
    public void It_is_worth_looking_every_quarter_of_the_expiry_but_not_more_than_once_a_second(int expireMs, int expectedMs)
    {
        var limit = TestSettings.RateLimit() with { Per = TimeSpan.FromMilliseconds(1), Expire = TimeSpan.FromMilliseconds(expireMs) };
        Assert.Equal(
            TimeSpan.FromMilliseconds(expectedMs), new RateTables([null, TestSettings.RateLimit(), limit], shards: 1).ExpireInterval);
    }

    [Fact]
    public void Without_any_limit_nothing_is_remembered()
    {
        var tables = new RateTables([null, null], RateLimitExtractor.Shards);
        Assert.True(tables.Admit(1, Key(1), _time));
        Assert.Equal((0, 0), (tables.Count, tables.Expire(_time, 10)));
    }

    [Fact]
    public void Other_limits_are_followed_and_what_was_counted_in_the_same_way_still_counts()
    {
        var limits = new RateLimits([TestSettings.RateLimit(limit: 2), TestSettings.RateLimit(limit: 2), TestSettings.RateLimit(limit: 2)]);
        var tables = new RateTables(limits, shards: 1);
        bool Admit(int listener) => tables.Admit(listener, Key(1), _time);
        for (var listener = 0; listener < 3; listener++)
            Assert.Equal([true, true, false], [Admit(listener), Admit(listener), Admit(listener)]);

        limits.Publish(
            [
                TestSettings.RateLimit(limit: 5), TestSettings.RateLimit(limit: 2) with { Per = TimeSpan.FromSeconds(7) }, null,
                TestSettings.RateLimit(limit: 1)
            ],
            ["a", "b", "c", "d"]);
        Assert.Equal([true, true, false], [Admit(0), Admit(0), Admit(0)]); // three of five were there
        Assert.Equal([true, true, false], [Admit(1), Admit(1), Admit(1)]); // counted anew, by another window
        Assert.True(Admit(2)); // no limit
        Assert.Equal([true, false], [Admit(3), Admit(3)]); // new
    }
}
