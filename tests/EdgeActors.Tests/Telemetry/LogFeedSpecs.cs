using System.Collections.Concurrent;
using Akka.Actor;
using EdgeActors.Settings;
using EdgeActors.Telemetry;

namespace EdgeActors.Tests.Telemetry;

public sealed class LogFeedSpecs
{
    private readonly ConcurrentQueue<LogEntry> _seen = new();
    private readonly ConnectionRecord _record = new(new FakeLink(), "https", ActorRefs.Nobody);

    /// <summary>One that writes nothing but errors.</summary>
    private static EdgeLog Quiet(Stream? output = null) =>
        new(new LogSettings(false, 16, LogThreshold.Error), output ?? Stream.Null, TimeProvider.System);

    [Fact]
    public async Task Watchers_see_in_order_what_the_log_leaves_out()
    {
        var output = new MemoryStream();
        await using (var log = Quiet(output))
        {
            using var watching = log.Subscribe(_seen.Enqueue);
            log.Connection(LogKind.Accept, _record);
            log.Connection(LogKind.Request, _record);
            log.Say(LogThreshold.Debug, "hidden");
            log.Connection(LogKind.Close, _record);
            await Eventually.True(() => _seen.Count == 4, "four entries");
        }
        Assert.Equal([LogKind.Accept, LogKind.Request, LogKind.Text, LogKind.Close], _seen.Select(static entry => entry.Kind));
        Assert.Same(_record, _seen.First().Record);
        Assert.Equal("hidden", _seen.ElementAt(2).Text);
        Assert.Empty(output.ToArray());
    }

    [Fact]
    public async Task They_are_not_called_on_the_thread_of_who_logs()
    {
        await using var log = Quiet();
        var blocked = new ManualResetEventSlim();
        using var watching = log.Subscribe(entry =>
        {
            blocked.Wait();
            _seen.Enqueue(entry);
        });
        // A watcher that blocks keeps nobody who logs.
        for (var i = 0; i < 100; i++)
            log.Connection(LogKind.Accept, _record);
        Assert.Empty(_seen);
        blocked.Set();
        await Eventually.True(() => _seen.Count == 100, "all entries");
    }

    [Fact]
    public async Task What_a_watcher_cannot_keep_up_with_is_lost_and_counted()
    {
        await using var log = Quiet();
        using var entered = new ManualResetEventSlim();
        using var blocked = new ManualResetEventSlim();
        using var watching = log.Subscribe(_ =>
        {
            entered.Set();
            blocked.Wait();
        });
        log.Connection(LogKind.Accept, _record);
        Assert.True(entered.Wait(TimeSpan.FromSeconds(30)));
        for (var i = 0; i < LogFeed.Capacity + 5; i++)
            log.Connection(LogKind.Accept, _record);
        Assert.Equal(5, log.FeedLost);
        Assert.Equal(0, log.Dropped);
        blocked.Set();
    }

    [Fact]
    public async Task One_that_throws_is_called_no_more_and_the_others_go_on()
    {
        await using var log = Quiet();
        var calls = 0;
        using var broken = log.Subscribe(_ =>
        {
            calls++;
            throw new InvalidOperationException("broken");
        });
        using var sound = log.Subscribe(_seen.Enqueue);
        log.Info("one");
        log.Info("two");
        await Eventually.True(() => _seen.Count == 2, "both entries");
        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task One_that_has_left_is_not_called_and_another_may_come()
    {
        await using var log = Quiet();
        log.Subscribe(_ => Assert.Fail("left")).Dispose();
        log.Info("unseen");
        using var watching = log.Subscribe(_seen.Enqueue);
        log.Info("seen");
        await Eventually.True(() => !_seen.IsEmpty, "an entry");
        Assert.Equal("seen", Assert.Single(_seen).Text);
    }

    [Fact]
    public async Task A_log_that_nobody_reads_keeps_no_watcher_waiting()
    {
        using var output = new BlockedStream();
        var log = new EdgeLog(new LogSettings(true, 16, LogThreshold.Info), output, TimeProvider.System);
        using var watching = log.Subscribe(_seen.Enqueue);
        log.Info("first");
        Assert.True(output.Entered.Wait(TimeSpan.FromSeconds(30)));
        for (var i = 0; i < 100; i++)
            log.Connection(LogKind.Accept, _record);
        await Eventually.True(() => _seen.Count == 101, "all entries");
        output.Go.Set();
        await log.DisposeAsync();
    }
}
