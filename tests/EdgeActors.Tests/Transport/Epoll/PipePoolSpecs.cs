using EdgeActors.Transport.Epoll;

namespace EdgeActors.Tests.Transport.Epoll;

public sealed class PipePoolSpecs
{
    [LinuxFact]
    public void A_pipe_that_was_given_back_empty_is_used_again()
    {
        using var pool = new PipePool(max: 2, size: 65536);
        var pipe = pool.TryTake()!;
        pool.Give(pipe);
        Assert.Same(pipe, pool.TryTake());
        Assert.Equal(1, pool.Open);
    }

    [LinuxFact]
    public void A_pipe_that_still_holds_bytes_is_never_used_again()
    {
        using var pool = new PipePool(max: 2, size: 65536);
        var pipe = pool.TryTake()!;
        pipe.Held = 1;
        pool.Give(pipe);
        Assert.Equal(0, pool.Open);
        Assert.NotSame(pipe, pool.TryTake());
    }

    [LinuxTheory]
    [InlineData(0)]
    [InlineData(3)]
    public void There_are_never_more_than_the_limit(int max)
    {
        using var pool = new PipePool(max, size: 65536);
        for (var i = 0; i < max; i++)
            Assert.NotNull(pool.TryTake());
        Assert.Null(pool.TryTake());
        Assert.Equal(1, pool.Refused);
        Assert.Equal(max, pool.Open);
    }

    [LinuxFact]
    public void A_size_that_the_kernel_does_not_give_falls_back_to_what_it_gives()
    {
        using var pool = new PipePool(max: 1, size: int.MaxValue);
        Assert.InRange(pool.TryTake()!.Capacity, 4096, int.MaxValue - 1);
    }
}
