using System.Net;
using Akka.Actor;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry.Traffic;

namespace EdgeActors.Tests.Routing;

/// <summary>Another configuration comes to a router that has connections, queues and news of its servers.</summary>
public sealed class ReplaceRoutesSpecs : EdgeTestKit
{
    private static readonly TimeSpan Soon = Eventually.Deadline;

    private BackendSettings _web = TestSettings.Backend(servers: 2);
    private readonly RouteState _state;
    private readonly IActorRef _router;

    public ReplaceRoutesSpecs()
    {
        _state = new RouteState(TestSettings.Routes(_web, "web.test"));
        _router = Supervised.ActorOf(Sys, RouterActor.Props(_state));
    }

    private BackendPool Pool => _state.Current.PoolOf("web")!;

    private sealed class Lease() : ServerLease(
        new FakeLink(new IPEndPoint(IPAddress.Loopback, 40000)), new FrontendTraffic("https"), ActorRefs.Nobody);

    /// <summary>As the node does it.</summary>
    private void Replace(BackendSettings? next, string name = "web.test")
    {
        var other = TestSettings.Backend("other");
        BackendSettings[] backends = next is null ? [other] : [next, other];
        var plans = backends.Select(backend => new BackendPlan(backend, [.. backend.Servers.Select(
            server => BackendPlan.Before(_state.Current.PoolOf(backend.Name), server).Any() ? null
                : (IReadOnlyList<EndPoint>)[server.EndPoint])])).ToList();
        var table = new RouteTable(2, [KeyValuePair.Create(name, next?.Name ?? "other")]);
        _router.Tell(new ReplaceRoutes(table, plans, TimeProvider.System), TestActor);
        Assert.Same(ExpectMsg<RoutesReplaced>(Soon).Routes, _state.Current);
        _web = next ?? _web;
    }

    private static BackendSettings Servers(BackendSettings backend, params ServerSettings[] servers) => backend with { Servers = servers };

    private RouteAnswer Ask(ServerLease? lease = null, string name = "web.test", ulong tried = 0, string? backend = null)
    {
        _router.Tell(new RouteQuery(backend is null ? name : null, tried, Backend: backend, Lease: lease), TestActor);
        return ExpectMsg<RouteAnswer>(Soon);
    }

    private string Server(ServerLease? lease = null) => Assert.IsType<RouteTo>(Ask(lease)).Server.Name;

    [Fact]
    public void Other_names_are_routed_and_the_old_ones_are_not()
    {
        Replace(_web, name: "new.test");
        Assert.IsType<NoRoute>(Ask());
        Assert.IsType<RouteTo>(Ask(name: "new.test"));
        Assert.Equal((2, 2), (_state.Current.Table.Generation, _state.Current.Version));
    }

    [Fact]
    public void Servers_that_stay_keep_health_connections_and_the_operators_word_wherever_they_are_listed()
    {
        var lease = new Lease();
        Assert.Equal("s0", Server(lease));
        _router.Tell(new SetServerHealth("web", Pool.Servers[1].State, Up: false));
        _router.Tell(new SetServer("web", "s0", AdminState.Drain), TestActor);
        ExpectMsg<ServerSet>(Soon);
        Replace(Servers(_web, new ServerSettings("s2", TestSettings.Server(2)), _web.Servers[1], _web.Servers[0]));

        Assert.Equal(["s2", "s1", "s0"], Pool.Servers.Select(server => server.Name));
        Assert.Equal((true, false, true), (Pool.Servers[0].Up, Pool.Servers[1].Up, Pool.Servers[2].Up));
        Assert.Equal(AdminState.Drain, Pool.Servers[2].Admin);
        Assert.Equal((0, 0, 1), (Pool.Servers[0].State.Connections, Pool.Servers[1].State.Connections, Pool.Servers[2].State.Connections));
        Assert.Equal(["s2", "s2"], [Server(), Server()]);
        lease.End();
        Assert.Equal(0, Pool.Servers[2].State.Connections);
    }

    [Fact]
    public void News_of_a_server_finds_it_at_its_new_place_and_nobody_when_it_is_gone()
    {
        var (s0, s1) = (Pool.Servers[0], Pool.Servers[1]);
        Replace(Servers(_web, _web.Servers[1]));
        _router.Tell(new SetServerHealth("web", s0.State, Up: false));
        Assert.Equal("s1", Server());
        _router.Tell(new SetServerHealth("web", s1.State, Up: false));
        Assert.IsType<NoServer>(Ask());
    }

    [Fact]
    public void A_server_at_another_address_is_another_server()
    {
        _router.Tell(new SetServerHealth("web", Pool.Servers[0].State, Up: false));
        Replace(Servers(_web, new ServerSettings("s0", TestSettings.Server(7)), _web.Servers[1]));
        Assert.True(Pool.Servers[0].Up);
        Assert.Equal(TestSettings.Server(7), Pool.Servers[0].EndPoint);
    }

    [Fact]
    public void Whose_turn_it_is_goes_on_when_the_servers_are_the_same()
    {
        Assert.Equal("s0", Server());
        Replace(_web with { Retries = 7 });
        Assert.Equal("s1", Server());
    }

    [Fact]
    public void A_weight_stays_the_operators_until_the_configuration_has_another()
    {
        _router.Tell(new SetServer("web", "s0", Weight: 7), TestActor);
        ExpectMsg<ServerSet>(Soon);
        Replace(_web with { Retries = 7 });
        Assert.Equal(7, Pool.Servers[0].Weight);
        Replace(Servers(_web, _web.Servers[0] with { Weight = 50 }, _web.Servers[1]));
        Assert.Equal(50, Pool.Servers[0].Weight);
    }

    [Fact]
    public void Who_asks_again_is_told_of_the_server_that_it_has_or_to_start_over_where_that_is_gone()
    {
        var (stays, loses) = (new Lease(), new Lease());
        Assert.Equal(["s0", "s1"], [Server(stays), Server(loses)]);
        Replace(Servers(_web, new ServerSettings("s9", TestSettings.Server(9)), _web.Servers[0]));
        Assert.Equal("s0", Server(stays));
        Assert.IsType<NoServer>(Ask(loses));
        loses.Release();
        Assert.IsType<RouteTo>(Ask(loses));
    }

    [Fact]
    public void Those_in_a_queue_are_served_by_what_is_new_and_dismissed_where_the_backend_is_gone()
    {
        Replace(Servers(_web, _web.Servers[0] with { MaxConnections = 1 }));
        var first = new Lease();
        Assert.Equal("s0", Server(first));
        var (second, third) = (new Lease(), new Lease());
        Assert.IsType<Queued>(Ask(second));
        Assert.IsType<Queued>(Ask(third));
        _router.Tell(new ReplaceRoutes(new RouteTable(3, [KeyValuePair.Create("web.test", "web")]),
            [new BackendPlan(Servers(_web, _web.Servers[0], new ServerSettings("s5", TestSettings.Server(5)) { MaxConnections = 1 }),
                [null, [TestSettings.Server(5)]])], TimeProvider.System), TestActor);
        Assert.Equal("s5", ExpectMsg<RouteTo>(Soon).Server.Name);
        ExpectMsg<RoutesReplaced>(Soon);
        _web = Servers(_web, _web.Servers[0], new ServerSettings("s5", TestSettings.Server(5)) { MaxConnections = 1 });
        var table = new RouteTable(4, [KeyValuePair.Create("web.test", "other")]);
        _router.Tell(new ReplaceRoutes(
            table, [new BackendPlan(TestSettings.Backend("other"), [[TestSettings.Server(0)]])], TimeProvider.System), TestActor);
        Assert.Equal("web", ExpectMsg<NoServer>(Soon).Backend);
        ExpectMsg<RoutesReplaced>(Soon);
        // What those that are served still have, they give back without harm.
        first.End();
        second.End();
        third.End();
        Assert.IsType<NoRoute>(Ask(backend: "web"));
    }

    [Fact]
    public void Checks_go_on_where_they_are_the_same_and_know_what_was_known_where_they_are_others()
    {
        var (s0, s1) = (Pool.Servers[0].State, Pool.Servers[1].State);
        var (first, second) = (s0.Health, s1.Health);
        _router.Tell(new SetServerHealth("web", s1, Up: false));
        Replace(Servers(_web, _web.Servers[1], _web.Servers[0]));
        Assert.Equal([second, first], Pool.Servers.Select(static server => server.State.Health));

        Replace(_web with { Health = _web.Health with { Fall = 5 } });
        Assert.Equal([false, true], Pool.Servers.Select(static server => server.State.Health!.Up));
        // What the probe of the configuration before finds now, does not count.
        Assert.False(s0.TryUpdate(first!, second!));
        // One that was seen up does not fall at its first failure.
        var health = s0.Health!;
        for (var i = 1; i < 5; i++)
            health = health.Counted(passed: false, _web.Health, default);
        Assert.True(health.Up);
        Assert.False(health.Counted(passed: false, _web.Health, default).Up);

        Replace(_web with { Health = _web.Health with { Enabled = false } });
        Assert.All(Pool.Servers, static server => Assert.Equal((true, (ServerHealth?)null), (server.Up, server.State.Health)));
    }
}
