using EdgeActors.Transport.Epoll;

namespace EdgeActors.Tests.Transport.Epoll;

public sealed class SlotTableSpecs
{
    private readonly SlotTable _slots = new();

    private sealed class Source : IEpollSource
    {
        public void OnEvents(int side, uint events)
        {
        }

        public void Failed(Exception e)
        {
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_tag_leads_to_its_source_and_side(int side)
    {
        var source = new Source();
        Assert.Same(source, _slots.Find(_slots.Tag(_slots.Take(source), side), out var found));
        Assert.Equal(side, found);
    }

    [Fact]
    public void A_tag_of_a_slot_that_was_given_up_leads_nowhere_even_when_the_slot_is_in_use_again()
    {
        var first = _slots.Take(new Source());
        var tag = _slots.Tag(first, 1);
        _slots.Give(first);
        Assert.Null(_slots.Find(tag, out _));
        var second = _slots.Take(new Source());
        Assert.Equal(first, second);
        Assert.Null(_slots.Find(tag, out _));
        Assert.NotNull(_slots.Find(_slots.Tag(second, 1), out _));
    }

    [Fact]
    public void It_grows_and_keeps_every_tag()
    {
        var sources = Enumerable.Range(0, 1000).Select(_ => new Source()).ToArray();
        var tags = sources.Select(source => _slots.Tag(_slots.Take(source), 0)).ToArray();
        Assert.Equal(1000, tags.Distinct().Count());
        for (var i = 0; i < sources.Length; i++)
            Assert.Same(sources[i], _slots.Find(tags[i], out _));
        Assert.Equal(1000, _slots.Sources.Count());
    }

    [Fact]
    public void A_tag_from_nowhere_leads_nowhere()
    {
        Assert.Null(_slots.Find(ulong.MaxValue, out _));
        Assert.Null(_slots.Find(12345, out _));
    }
}
