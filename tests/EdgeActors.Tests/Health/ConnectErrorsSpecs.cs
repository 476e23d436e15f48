using EdgeActors.Config;
using EdgeActors.Health;
using EdgeActors.Route;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Health;

public sealed class ConnectErrorsSpecs : EdgeTestKit
{
    private const int Limit = 3;

    private static readonly TimeSpan Soon = Eventually.Deadline;

    private readonly ConnectErrors _errors = new(Limit);

    public ConnectErrorsSpecs() => _errors.Probe = TestActor;

    private void NotTaken(int times, CloseReason failure = CloseReason.ConnectRefused)
    {
        for (var i = 0; i < times; i++)
            _errors.NotTaken(failure);
    }

    [Fact]
    public void The_probe_is_told_at_the_limit_and_then_they_count_anew()
    {
        NotTaken(Limit - 1);
        ExpectNoMsg(TimeSpan.Zero);
        NotTaken(1, CloseReason.ConnectTimeout);
        Assert.Equal(new ConnectionsNotTaken(Limit, CloseReason.ConnectTimeout), ExpectMsg<ConnectionsNotTaken>(Soon));
        NotTaken(Limit - 1);
        ExpectNoMsg(TimeSpan.Zero);
        NotTaken(1);
        ExpectMsg<ConnectionsNotTaken>(Soon);
        Assert.Equal(2 * Limit, _errors.Total);
    }

    [Fact]
    public void One_that_is_taken_in_between_starts_the_count_anew()
    {
        NotTaken(Limit - 1);
        _errors.Taken();
        NotTaken(Limit - 1);
        ExpectNoMsg(TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public void What_this_machine_lacks_is_not_the_servers_error()
    {
        NotTaken(10 * Limit, CloseReason.LocalResource);
        ExpectNoMsg(TimeSpan.FromMilliseconds(50));
        Assert.Equal(0, _errors.Total);
    }

    [Fact]
    public void From_many_threads_at_once_none_is_lost_that_comes_after_the_limit()
    {
        Parallel.For(0, 1000, _ => _errors.NotTaken(CloseReason.ConnectRefused));
        Assert.Equal(1000, _errors.Total);
        ExpectMsg<ConnectionsNotTaken>(Soon);
    }

    [Fact]
    public void Connections_are_counted_for_their_own_server_and_where_that_is_wanted()
    {
        var backend = TestSettings.Backend(servers: 2) with { Health = TestSettings.Health() with { Observe = Observe.Connect } };
        var routes = TestSettings.Routes(backend, "x");
        var targets = HealthBoard.Of(routes).Targets;
        var to = (RouteTo)routes.With("web", 0, up: false).Find("x", 0);
        to.Server.Errors!.NotTaken(CloseReason.ConnectRefused);
        Assert.Equal([0, 1], targets.Select(target => target.Errors.Total));
        var unobserved = TestSettings.Routes(TestSettings.Backend(), "x");
        HealthBoard.Of(unobserved);
        Assert.Null(((RouteTo)unobserved.Find("x", 0)).Server.Errors);
    }
}
