using EdgeActors.Resources;

namespace EdgeActors.Tests.Resources;

public sealed class OldGenerationsSpecs
{
    private const long Large = 80 << 20, Small = 4 << 20;

    [Theory]
    [InlineData(Large, Large / OldGenerations.Part - 1, false)]
    [InlineData(Large, Large / OldGenerations.Part, true)]
    [InlineData(Small, OldGenerations.Least - 1, false)]
    [InlineData(Small, OldGenerations.Least, true)]
    [InlineData(Large, -1, false)]
    public void It_is_due_when_it_has_grown_by_a_part_that_is_worth_it(long bytes, long more, bool due) =>
        Assert.Equal(due, new OldGenerations(bytes, 3).IsDue(bytes + more, 3));

    [Fact]
    public void It_grows_from_where_the_last_collection_has_left_it()
    {
        var old = new OldGenerations(Small, 3);
        Assert.True(old.IsDue(Large, 3));
        // By the runtime.
        Assert.False(old.IsDue(Large, 4));
        Assert.False(old.IsDue(Large + Large / OldGenerations.Part - 1, 4));
        Assert.True(old.IsDue(Large + Large / OldGenerations.Part, 4));
        old.Collected(Small, 5);
        Assert.False(old.IsDue(Small + OldGenerations.Least - 1, 5));
        Assert.True(old.IsDue(Small + OldGenerations.Least, 5));
    }
}
