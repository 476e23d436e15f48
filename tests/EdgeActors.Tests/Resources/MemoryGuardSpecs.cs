using EdgeActors.Resources;

namespace EdgeActors.Tests.Resources;

public sealed class MemoryGuardSpecs
{
    private MemoryUse? _use;

    private MemoryGuard Guard(int? percent) => new(_ => _use, percent, null, null);

    [Theory]
    [InlineData(899, false)]
    [InlineData(900, true)]
    [InlineData(1000, true)]
    public void It_is_short_from_the_share_on(int used, bool expected)
    {
        var guard = Guard(90);
        _use = new MemoryUse(used, 1000);
        guard.Look();
        Assert.Equal(expected, guard.IsShort);
    }

    [Fact]
    public void It_is_enough_again_five_points_below()
    {
        var guard = Guard(90);
        foreach (var (used, expected) in ((int, bool)[])[(900, true), (899, true), (850, true), (849, false), (899, false), (900, true)])
        {
            _use = new MemoryUse(used, 1000);
            guard.Look();
            Assert.Equal(expected, guard.IsShort);
        }
    }

    [Fact]
    public void Off_or_without_a_limit_there_is_enough()
    {
        _use = new MemoryUse(1000, 1000);
        var guard = Guard(null);
        guard.Look();
        Assert.False(guard.IsShort);
        guard.Percent = 90;
        guard.Look();
        Assert.True(guard.IsShort);
        _use = null;
        guard.Look();
        Assert.False(guard.IsShort);
    }

    [Fact]
    public void Turned_off_while_it_is_short_it_is_enough()
    {
        _use = new MemoryUse(1000, 1000);
        var guard = Guard(90);
        guard.Look();
        guard.Percent = null;
        guard.Look();
        Assert.False(guard.IsShort);
    }

    [Fact]
    public void It_says_from_where_on_it_has_to_be_exact()
    {
        var asked = new List<double>();
        var guard = new MemoryGuard(
            from =>
            {
                asked.Add(from);
                return null;
            },
            90,
            null,
            null);
        guard.Look();
        Assert.Equal([85.0], asked);
    }
}
