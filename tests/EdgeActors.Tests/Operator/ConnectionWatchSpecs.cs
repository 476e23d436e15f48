using EdgeActors.Answers;
using EdgeActors.Connection;
using EdgeActors.Operator;
using EdgeActors.Telemetry;
using EdgeActors.Telemetry.Traffic;

namespace EdgeActors.Tests.Operator;

/// <summary>What watchers that do not read keep in memory.</summary>
public sealed class ConnectionWatchSpecs : OperatedTestKit
{
    [Fact]
    public async Task Watchers_share_the_room_for_unread_events()
    {
        // The spec's own subscription has a part, too.
        const int Watchers = 63, Room = ConnectionWatch.TotalCapacity / (Watchers + 1), Events = 4 * Room;
        var record = new LiveConnection(new FakeLink(), new FrontendTraffic("https"), Akka.Actor.ActorRefs.Nobody);
        var log = _edge.Node.State.Log;
        using var enough = new CancellationTokenSource(Eventually.Deadline);
        var streams = Enumerable.Range(0, Watchers)
            .Select(_ => _edge.Node.Operator.Run(["watch"], Access.ReadOnly, enough.Token).GetAsyncEnumerator(enough.Token)).ToArray();
        var first = streams.Select(static stream => stream.MoveNextAsync().AsTask()).ToArray();
        await Eventually.True(() => log.Watchers == Watchers, "all watch");
        for (var i = 0; i < Events; i++)
            log.Connection(LogKind.Accept, record);
        // It comes behind all events in the feed.
        var delivered = new TaskCompletionSource();
        using var last = log.Subscribe(entry =>
        {
            if (entry.Text == "last")
                delivered.TrySetResult();
        });
        log.Info("last");
        await Eventually.Within(delivered.Task);

        await Eventually.Within(Task.WhenAll(first));
        var (seen, lost) = (0L, 0L);
        for (var stream = streams[0]; seen + lost < Events; await Eventually.Within(stream.MoveNextAsync().AsTask()))
        {
            var happened = Assert.IsType<EventAnswer>(stream.Current);
            if (happened.Kind == "LOST")
                lost += Assert.IsType<long>(Assert.Single(happened.Facts).Value);
            else
                seen++;
            if (seen + lost == Events)
                break;
        }
        // The first watcher may begin to read before its queue is full.
        Assert.InRange(seen, Room, Room + 8);
        await enough.CancelAsync();
        foreach (var stream in streams)
            await stream.DisposeAsync();
        await Eventually.True(() => log.Watchers == 1, "only the spec's own subscription is left");
    }
}
