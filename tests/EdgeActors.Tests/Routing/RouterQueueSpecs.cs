using System.Net;
using Akka.Actor;
using Akka.TestKit;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry.Traffic;

namespace EdgeActors.Tests.Routing;

/// <summary>Servers' limits, and who waits for them; the test is all connections.</summary>
public sealed class RouterQueueSpecs : EdgeTestKit
{
    private const int Queue = 2;
    private const string Name = "demo.fiscalismia.com";
    private static readonly TimeSpan Soon = Eventually.Deadline;

    private readonly RouteState _state;
    private readonly IActorRef _router;

    public RouterQueueSpecs()
    {
        var backend = TestSettings.Backend(servers: 2) with { Pool = TestSettings.Pooling(queue: Queue) };
        backend = backend with { Servers = [.. backend.Servers.Select(static server => server with { MaxConnections = 1 })] };
        _state = new RouteState(TestSettings.Routes(backend, Name));
        _router = Supervised.ActorOf(Sys, RouterActor.Props(_state));
    }

    private ServerState Listed(int index) => _state.Current.PoolOf("web")!.Servers[index].State;

    private (int, int) Connections => (Listed(0).Connections, Listed(1).Connections);

    private ConnectionQueue Waiting => _state.Current.PoolOf("web")!.Queue;

    private sealed class Lease() : ServerLease(
        new FakeLink(new IPEndPoint(IPAddress.Loopback, 40000)), new FrontendTraffic("https"), ActorRefs.Nobody);

    private sealed record Asker(TestProbe Probe, Lease Lease)
    {
        public RouteAnswer Answer() => Probe.ExpectMsg<RouteAnswer>(Soon);

        public string Server() => Assert.IsType<RouteTo>(Answer()).Server.Name;
    }

    private Asker Ask(ulong tried = 0, Asker? again = null)
    {
        var asker = again ?? new Asker(CreateTestProbe(), new Lease());
        _router.Tell(new RouteQuery(Name, tried, Lease: asker.Lease), asker.Probe);
        return asker;
    }

    private Asker Waits(ulong tried = 0)
    {
        var asker = Ask(tried);
        Assert.IsType<Queued>(asker.Answer());
        return asker;
    }

    private void Free(Asker asker)
    {
        if (asker.Lease.End() is { } freed)
            _router.Tell(freed);
    }

    private (Asker First, Asker Second) Fill()
    {
        var both = (First: Ask(), Second: Ask());
        Assert.Equal(("s0", "s1"), (both.First.Server(), both.Second.Server()));
        return both;
    }

    [Fact]
    public void A_server_counts_a_connection_until_it_ends_or_moves_on_and_once()
    {
        var one = Ask();
        Assert.Equal("s0", one.Server());
        Assert.Equal(1, Listed(0).Connections);
        one.Lease.Release();
        one.Lease.Release();
        Assert.Equal(0, Listed(0).Connections);
        Ask(tried: 1, again: one);
        Assert.Equal("s1", one.Server());
        Assert.Equal((0, 1), Connections);
        one.Lease.End();
        one.Lease.End();
        Assert.Equal(0, Listed(1).Connections);
    }

    [Fact]
    public void A_question_asked_twice_is_answered_alike_and_counted_once()
    {
        var one = Ask();
        Ask(again: one);
        Assert.Equal(["s0", "s0"], [one.Server(), one.Server()]);
        Assert.Equal((1, 0), Connections);

        var two = Ask();
        Assert.Equal("s1", two.Server());
        var three = Waits();
        Ask(again: three);
        Assert.IsType<Queued>(three.Answer());
        Assert.Equal(1, Waiting.Count);
    }

    [Fact]
    public void A_connection_that_has_ended_is_given_nothing()
    {
        var asker = new Asker(CreateTestProbe(), new Lease());
        asker.Lease.End();
        Ask(again: asker);
        asker.Answer();
        Assert.Equal(0, Listed(0).Connections);
    }

    [Fact]
    public void With_all_full_connections_wait_and_the_oldest_is_served_first()
    {
        var (first, second) = Fill();
        var third = Waits();
        var fourth = Waits();
        Assert.Equal(2, Waiting.Count);
        third.Probe.ExpectNoMsg(TimeSpan.Zero);
        Free(second);
        Assert.Equal("s1", third.Server());
        Free(first);
        Assert.Equal("s0", fourth.Server());
        Assert.Equal((0, 1, 1), (Waiting.Count, Listed(0).Connections, Listed(1).Connections));
    }

    [Fact]
    public void Who_comes_behind_the_last_place_of_the_queue_is_turned_away()
    {
        Fill();
        for (var i = 0; i < Queue; i++)
            Waits();
        Assert.Equal("web", Assert.IsType<QueueFull>(Ask().Answer()).Backend);
        Assert.Equal(Queue, Waiting.Count);
    }

    [Fact]
    public void Who_leaves_makes_room_in_the_queue_and_is_not_served()
    {
        var (first, _) = Fill();
        var leaver = Waits();
        var stays = Waits();
        Free(leaver);
        Assert.Equal(1, Waiting.Count);
        var late = Waits();
        Free(first);
        Assert.Equal("s0", stays.Server());
        leaver.Probe.ExpectNoMsg(TimeSpan.Zero);
        late.Probe.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Nobody_overtakes_those_that_wait()
    {
        var (first, _) = Fill();
        var waits = Waits();
        // The place is free, and the router has not heard of it yet.
        first.Lease.End();
        var late = Ask();
        Assert.Equal("s0", waits.Server());
        Assert.IsType<Queued>(late.Answer());
    }

    [Fact]
    public void A_server_that_comes_up_serves_those_that_wait()
    {
        _router.Tell(new SetServerHealth("web", Listed(1), Up: false));
        Assert.Equal("s0", Ask().Server());
        var waits = Waits();
        _router.Tell(new SetServerHealth("web", Listed(1), Up: true));
        Assert.Equal("s1", waits.Server());
    }

    [Fact]
    public void Those_that_wait_outlast_the_last_server()
    {
        var (first, _) = Fill();
        var waits = Waits();
        _router.Tell(new SetServerHealth("web", Listed(0), Up: false));
        _router.Tell(new SetServerHealth("web", Listed(1), Up: false));
        Free(first);
        _router.Tell(new SetServerHealth("web", Listed(0), Up: true));
        Assert.Equal("s0", waits.Server());
    }

    [Fact]
    public void Who_waits_for_another_server_than_it_has_tried_does_not_hold_up_the_rest()
    {
        var (first, _) = Fill();
        var picky = Waits(tried: 1);
        var other = Waits();
        Free(first);
        Assert.Equal("s0", other.Server());
        picky.Probe.ExpectNoMsg(TimeSpan.Zero);
        // And when what it waits for goes down, it hears of it.
        _router.Tell(new SetServerHealth("web", Listed(1), Up: false));
        Assert.IsType<NoServer>(picky.Answer());
        Assert.Equal(0, Waiting.Count);
    }

    [Fact]
    public void An_operator_sets_state_and_weight()
    {
        _router.Tell(new SetServer("web", "s0", AdminState.Drain), TestActor);
        Assert.Equal(AdminState.Drain, ExpectMsg<ServerSet>(Soon).Server!.Admin);
        Assert.Equal("s1", Ask().Server());
        var waits = Waits();
        _router.Tell(new SetServer("web", "s0", AdminState.Ready), TestActor);
        ExpectMsg<ServerSet>(Soon);
        Assert.Equal("s0", waits.Server());
        _router.Tell(new SetServer("web", "s0", Weight: 1000), TestActor);
        Assert.Equal(ServerSettings.MaxWeight, ExpectMsg<ServerSet>(Soon).Server!.Weight);
        _router.Tell(new SetServer("web", "s7", Weight: 1), TestActor);
        Assert.Null(ExpectMsg<ServerSet>(Soon).Server);
        _router.Tell(new SetServer("nowhere", "s0", AdminState.Ready), TestActor);
        Assert.Null(ExpectMsg<ServerSet>(Soon).Server);
    }

    [Fact]
    public void A_server_that_moves_is_dialled_where_it_is()
    {
        var there = new IPEndPoint(IPAddress.IPv6Loopback, 443);
        _router.Tell(new SetServerAddresses("web", Listed(0), there));
        var to = Assert.IsType<RouteTo>(Ask().Answer());
        Assert.Equal((there, there), (to.Plan.Server, to.Server.EndPoint));
    }

    [Fact]
    public async Task Leases_granted_and_released_at_once_leave_no_count_behind()
    {
        var tasks = Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 5000; i++)
            {
                var lease = new Lease();
                var ending = Task.Run(lease.End);
                lease.TryTake(Listed(0), null);
                ending.GetAwaiter().GetResult();
            }
        }));
        await Task.WhenAll(tasks);
        Assert.Equal(0, Listed(0).Connections);
    }
}
