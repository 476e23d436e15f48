using Akka.Actor;
using EdgeActors.Connection;
using EdgeActors.Node;
using EdgeActors.Telemetry.Traffic;

namespace EdgeActors.Tests.Node;

public class GenerationsSpecs
{
    private readonly LiveConnections _live = new();
    private readonly ManualTime _time = new();

    private LiveConnection Accept(long generation)
    {
        var record = new LiveConnection(new FakeLink(), new FrontendTraffic("https"), ActorRefs.Nobody) { Generation = generation };
        _live.Add(record);
        return record;
    }

    [Fact]
    public void One_that_nobody_lives_by_any_more_is_forgotten_once_another_is_in_force()
    {
        var generations = new Generations(_live, _time);
        var first = Accept(1);
        generations.Next(2);
        Accept(2);
        Accept(2);
        generations.Next(3);
        Assert.Equal([(1, 1), (2, 2), (3, 0)], generations.All.Select(one => ((int)one.Number, one.Connections)));
        _live.Remove(first);
        Assert.Equal([2L, 3], generations.All.Select(one => one.Number));
        generations.Next(4);
        // One that was being accepted just then.
        Accept(3);
        Assert.Equal([2L, 3, 4], generations.All.Select(one => one.Number));
        Assert.Equal(4, generations.Current);
    }
}
