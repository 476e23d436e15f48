using EdgeActors.Transport;
using EdgeActors.Transport.Epoll;

namespace EdgeActors.Tests.Transport.Epoll;

public sealed class ReactorSpecs
{
    [LinuxFact]
    public async Task Only_the_thread_of_a_reactor_has_a_short_time_slice()
    {
        var before = Native.TimeSlice;
        using var reactor = new Reactor(0, null, TimeProvider.System, new PipePool(0, 0));
        reactor.Start();
        var slice = new Slice();
        reactor.Post(slice, 0);
        // Linux before 6.12 has none for a thread, and says 0.
        var expected = Environment.OSVersion.Version >= new Version(6, 12) ? Reactor.TimeSlice : 0;
        Assert.Equal(expected, await slice.Seen.Task.WaitAsync(Eventually.Deadline));
        Assert.Equal(before, Native.TimeSlice);
        Assert.NotEqual(Reactor.TimeSlice, before);
    }

    private sealed class Slice : IReactorWork
    {
        public TaskCompletionSource<ulong> Seen { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Run(int kind) => Seen.SetResult(Native.TimeSlice);

        public void Failed(Exception e) => Seen.SetException(e);
    }
}
