using System.Diagnostics;
using EdgeActors.Routing;

namespace EdgeActors.Tests.Routing;

public class RouteSwapSpecs
{
    private const int Lookups = 200_000;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>Two tables that disagree on every name: whoever sees parts of both sees it.</summary>
    [Fact]
    public async Task Lookups_go_on_while_snapshots_are_swapped_and_each_sees_one_whole()
    {
        var (one, two) = (Snapshot("one"), Snapshot("two"));
        var state = new RouteState(one);
        var readers = Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Factory.StartNew(
            () => Read(state), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        var since = Stopwatch.GetTimestamp();
        while (!readers.IsCompleted)
        {
            Assert.True(Stopwatch.GetElapsedTime(since) < Deadline, "the readers have come to a halt");
            state.Publish(two);
            await Task.Yield();
            state.Publish(one);
        }
        await readers;
    }

    /// <summary>Until it has asked often enough and met both.</summary>
    private static void Read(RouteState state)
    {
        var seen = new HashSet<string>();
        for (var i = 0; i < Lookups || seen.Count < 2; i++)
        {
            var snapshot = state.Current;
            var backend = Backend(snapshot, "a.example");
            Assert.Equal(backend, Backend(snapshot, "x.b.example"));
            Assert.Equal(backend, Backend(snapshot, "other.test"));
            seen.Add(backend);
        }
    }

    private static RouteSnapshot Snapshot(string backend) =>
        TestSettings.Routes(TestSettings.Backend(backend), "a.example", "*.b.example", "*");

    private static string Backend(RouteSnapshot snapshot, string name) => Assert.IsType<RouteTo>(snapshot.Find(name)).Backend.Name;
}
