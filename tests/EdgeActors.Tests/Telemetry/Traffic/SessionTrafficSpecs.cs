using Akka.Actor;
using EdgeActors.Connection;
using EdgeActors.Statistics;
using EdgeActors.Telemetry.Traffic;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Telemetry.Traffic;

public class SessionTrafficSpecs
{
    private readonly FrontendTraffic _traffic = new("https");

    [Fact]
    public void Sessions_come_and_go_and_the_most_at_once_stays()
    {
        _traffic.Enter(1);
        _traffic.Enter(1);
        _traffic.Leave(CloseReason.Finished, 10, 20, 7);
        _traffic.Enter(1);
        Assert.Equal((2, 3, 2, 1), (_traffic.Current, _traffic.Total, _traffic.Max, _traffic.Ended));
        Assert.Equal((1, 0), (_traffic.EndedAs(CloseReason.Finished), _traffic.EndedAs(CloseReason.NoSni)));
        Assert.Equal((7, 0), (_traffic.LastEndedAs(CloseReason.Finished), _traffic.LastEndedAs(CloseReason.NoSni)));
    }

    [Fact]
    public void One_that_moves_on_is_no_end_for_a_reason()
    {
        _traffic.Enter(1);
        _traffic.MoveOn();
        Assert.Equal((0, 1), (_traffic.Current, _traffic.Total));
        Assert.Equal(0, _traffic.EndedAs(Enum.GetValues<CloseReason>()));
    }

    [Fact]
    public void Bytes_of_live_connections_are_there_once_before_and_after_their_end()
    {
        var live = new LiveConnections();
        var record = new LiveConnection(new FakeLink(), _traffic, ActorRefs.Nobody);
        live.Add(record);
        record.Link.Counters.Join(1, hello: 100);
        record.Link.Counters.Add(up: false, 1000, 1);
        LiveBytes.Sum([_traffic], live);
        Assert.Equal((100, 1000), (_traffic.BytesUp, _traffic.BytesDown));

        live.Remove(record);
        LiveBytes.Sum([_traffic], live);
        Assert.Equal((100, 1000), (_traffic.BytesUp, _traffic.BytesDown));
        _traffic.Leave(CloseReason.Finished, 100, 1000, 7);
        LiveBytes.Sum([_traffic], live);
        Assert.Equal((100, 1000), (_traffic.BytesUp, _traffic.BytesDown));
    }

    [Fact]
    public async Task Bytes_never_fall_and_none_is_lost_while_connections_end()
    {
        const int Connections = 20_000, Each = 7;
        var live = new LiveConnections();
        var seen = 0L;
        using var done = new ManualResetEventSlim();
        var ending = Task.Run(() =>
        {
            for (var i = 0; i < Connections; i++)
            {
                var record = new LiveConnection(new FakeLink(), _traffic, ActorRefs.Nobody);
                live.Add(record);
                _traffic.Enter(1);
                record.Link.Counters.Join(1, hello: Each);
                live.Remove(record);
                _traffic.Leave(CloseReason.Finished, Each, 0, 7);
            }
            done.Set();
        });
        while (!done.IsSet)
        {
            LiveBytes.Sum([_traffic], live);
            Assert.InRange(_traffic.BytesUp, seen, (long)Connections * Each);
            seen = _traffic.BytesUp;
            Assert.InRange(_traffic.Current, 0, Connections);
        }
        await ending;
        LiveBytes.Sum([_traffic], live);
        Assert.Equal((Connections * Each, 0), (_traffic.BytesUp, _traffic.Current));
    }

    [Fact]
    public void Each_reason_is_in_one_group_of_counters_at_most_and_only_ordinary_ends_are_in_none()
    {
        CloseReason[] grouped =
        [
            .. ReasonGroups.DeniedConnections, .. ReasonGroups.DeniedRequests, .. ReasonGroups.RequestErrors, .. ReasonGroups.ConnectionErrors,
            .. ReasonGroups.ClientAborts, .. ReasonGroups.ServerAborts, .. ReasonGroups.InternalErrors,
        ];
        Assert.Equal(grouped.Distinct(), grouped);
        var others = Enum.GetValues<CloseReason>().Except(grouped);
        Assert.All(others, static reason => Assert.Contains(reason.Facts().State[..1], (string[])["-", "K"]));
    }
}
