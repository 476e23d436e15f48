using Akka.Actor;
using EdgeActors.Config;
using EdgeActors.Routing;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Routing;

public sealed class RouterActorSpecs : EdgeTestKit
{
    private static readonly TimeSpan Soon = Eventually.Deadline;

    private readonly RouteState _state = new(TestSettings.Routes(TestSettings.Backend(servers: 2), "demo.fiscalismia.com"));
    private readonly IActorRef _router;

    public RouterActorSpecs() => _router = Supervised.ActorOf(Sys, RouterActor.Props(_state));

    private RouteAnswer Ask(string name = "demo.fiscalismia.com", ulong tried = 0)
    {
        _router.Tell(new RouteQuery(name, tried), TestActor);
        return ExpectMsg<RouteAnswer>(Soon);
    }

    private ServerState Listed(int index) => _state.Current.PoolOf("web")!.Servers[index].State;

    private string Server(ulong tried = 0) => Assert.IsType<RouteTo>(Ask(tried: tried)).Server.Name;

    [Fact]
    public void A_listener_with_routes_of_its_own_sees_no_others_and_a_name_may_be_refused()
    {
        var settings = EdgeSettingsReader.ReadText("""
            edge {
              listeners {
                outside { bind = "127.0.0.1:1" }
                inside { bind = "127.0.0.1:2", routes { "in.test" = web, "*.in.test" { default = web, h2 { refuse = reset } } } }
              }
              routes { "*.out.test" = web, "no.out.test" { refuse = alert } }
              backends.web.servers = ["127.0.0.1:9001"]
            }
            """).Settings!;
        var routes = new RouteSnapshot(RouteTable.Of(3, settings), [settings.Backends["web"].ToPool()]);
        RouteAnswer Find(string listener, string name, params string[] protocols) => routes.Find(
            new RouteQuery(name, 0, protocols.Length == 0 ? default : ProtocolRouteSpecs.Offered(protocols), Listener: listener));

        Assert.IsType<RouteTo>(Find("outside", "www.out.test"));
        Assert.Same(NameRefused.With(CloseMode.Alert), Find("outside", "no.out.test"));
        Assert.IsType<NoRoute>(Find("outside", "in.test"));
        Assert.IsType<RouteTo>(Find("inside", "in.test"));
        Assert.IsType<RouteTo>(Find("inside", "x.in.test", "http/1.1"));
        Assert.Same(NameRefused.With(CloseMode.Reset), Find("inside", "x.in.test", "h2"));
        Assert.IsType<NoRoute>(Find("inside", "www.out.test"));
        Assert.Equal(3, routes.Table.For("inside").Generation);
    }

    [Fact]
    public void A_route_of_a_listener_leads_to_a_backend_that_exists()
    {
        var settings = EdgeSettingsReader.ReadText("""
            edge { listeners.inside { bind = "127.0.0.1:2", routes { "in.test" = web } }, backends.web.servers = ["127.0.0.1:9001"] }
            """).Settings!;
        Assert.Throws<ArgumentException>(() => new RouteSnapshot(RouteTable.Of(1, settings), Array.Empty<BackendPool>()));
    }

    [Fact]
    public void Servers_take_turns() => Assert.Equal(["s0", "s1", "s0"], [Server(), Server(), Server()]);

    [Fact]
    public void An_unknown_name_has_no_route() => Assert.IsType<NoRoute>(Ask("fiscalismia.com"));

    [Fact]
    public void A_backend_that_is_settled_is_asked_for_by_its_own_name()
    {
        _router.Tell(new RouteQuery(null, BackendPool.Bit(0), Backend: "web"), TestActor);
        Assert.Equal("s1", ExpectMsg<RouteTo>(Soon).Server.Name);
        _router.Tell(new RouteQuery(null, 0, Backend: "gone"), TestActor);
        ExpectMsg<NoRoute>(Soon);
    }

    [Fact]
    public void A_server_that_is_down_is_left_out_until_it_is_up_again()
    {
        _router.Tell(new SetServerHealth("web", Listed(0), Up: false));
        Assert.Equal(["s1", "s1", "s1"], [Server(), Server(), Server()]);
        _router.Tell(new SetServerHealth("web", Listed(0), Up: true));
        Assert.Equal(2, new[] { Server(), Server() }.Distinct().Count());
        Assert.Equal(3, _state.Current.Version);
    }

    [Fact]
    public void With_all_down_there_is_no_server()
    {
        _router.Tell(new SetServerHealth("web", Listed(0), Up: false));
        _router.Tell(new SetServerHealth("web", Listed(1), Up: false));
        Assert.Equal("web", Assert.IsType<NoServer>(Ask()).Backend);
    }

    [Fact]
    public void A_server_that_was_tried_is_not_offered_again()
    {
        Assert.Equal("s1", Server(tried: BackendPool.Bit(0)));
        Assert.IsType<NoServer>(Ask(tried: BackendPool.Bit(0) | BackendPool.Bit(1)));
    }

    [Fact]
    public void News_about_what_is_not_there_changes_nothing()
    {
        _router.Tell(new SetServerHealth("nowhere", Listed(0), Up: false));
        _router.Tell(new SetServerHealth("web", TestSettings.Backend().ToPool().Servers[0].State, Up: false));
        Assert.IsType<RouteTo>(Ask());
        Assert.Equal(1, _state.Current.Version);
    }

    [Fact]
    public void A_killed_router_knows_what_it_knew()
    {
        _router.Tell(new SetServerHealth("web", Listed(0), Up: false));
        _router.Tell(Kill.Instance);
        Assert.Equal(["s1", "s1"], [Server(), Server()]);
    }

    [Fact]
    public void A_route_to_nowhere_is_refused_when_the_snapshot_is_made()
    {
        Assert.Throws<ArgumentException>(() => new RouteSnapshot(new RouteTable(1, [KeyValuePair.Create("a", "nowhere")]), []));
        Assert.Throws<ArgumentException>(
            () => new RouteSnapshot(new RouteTable(1, [new EdgeActors.Settings.RouteSettings("a", null, [new("h2", "nowhere")])]), []));
    }
}
