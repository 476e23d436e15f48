using EdgeActors.Protocol;

namespace EdgeActors.Tests.Protocol;

public class SpanCursorSpecs
{
    [Fact]
    public void Fields_are_read_in_order_and_big_endian()
    {
        var cursor = new SpanCursor([1, 2, 3, 4, 5, 6, 7, 8]);
        Assert.True(cursor.TryU8(out var one));
        Assert.True(cursor.TryU16(out var two));
        Assert.True(cursor.TryTake(3, out var three));
        Assert.True(cursor.TrySkip(1));
        Assert.Equal((1, 0x0203), (one, two));
        Assert.Equal([4, 5, 6], three.ToArray());
        Assert.Equal([8], cursor.Rest.ToArray());
    }

    [Fact]
    public void A_field_that_does_not_fit_moves_nothing()
    {
        var cursor = new SpanCursor([0, 9]);
        Assert.False(cursor.TrySkip(3));
        Assert.False(cursor.TrySkip(-1));
        Assert.False(cursor.TryTake(3, out _));
        Assert.False(cursor.TryVector16(out _));
        Assert.Equal(2, cursor.Length);

        cursor = new SpanCursor([2, 9]);
        Assert.False(cursor.TryVector8(out _));
        Assert.Equal(2, cursor.Length);

        cursor = new SpanCursor([9]);
        Assert.False(cursor.TryU16(out _));
        Assert.Equal(1, cursor.Length);

        cursor = new SpanCursor([]);
        Assert.False(cursor.TryU8(out _));
        Assert.True(cursor.IsEmpty);
    }

    [Fact]
    public void A_vector_cannot_be_read_past_its_end()
    {
        var cursor = new SpanCursor([2, 10, 11, 0, 1, 12, 99]);
        Assert.True(cursor.TryVector8(out var small));
        Assert.True(cursor.TryVector16(out var large));
        Assert.Equal([10, 11], small.Rest.ToArray());
        Assert.Equal([12], large.Rest.ToArray());
        Assert.False(small.TrySkip(3));
        Assert.Equal([99], cursor.Rest.ToArray());
    }

    [Fact]
    public void Taking_up_to_more_than_there_is_takes_what_there_is()
    {
        var cursor = new SpanCursor([1, 2, 3]);
        Assert.Equal([1, 2], cursor.TakeUpTo(2).ToArray());
        Assert.Equal([3], cursor.TakeUpTo(2).ToArray());
        Assert.True(cursor.TakeUpTo(2).IsEmpty);
    }
}
