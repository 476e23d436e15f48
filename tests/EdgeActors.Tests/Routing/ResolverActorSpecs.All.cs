using System.Net;
using Akka.Actor;
using EdgeActors.Routing;
using EdgeActors.Telemetry.Traffic;

namespace EdgeActors.Tests.Routing;

/// <summary>Several addresses of a host name, for one server and for one server per address.</summary>
public sealed partial class ResolverActorSpecs
{
    private static readonly IPAddress Three = IPAddress.Parse("198.51.100.3");

    private sealed class Lease()
        : ServerLease(new FakeLink(new IPEndPoint(IPAddress.Loopback, 40000)), new FrontendTraffic("https"), ActorRefs.Nobody);

    private static IPEndPoint At(IPAddress address) => new(address, 443);

    private static IEnumerable<string> Servers(RouteState state) => state.Current.PoolOf("web")!.Servers.Select(static server =>
        $"{server.Name}{(server.IsObsolete ? " obsolete" : server.IsUsable ? "" : " down")}");

    private static ServerModel Named(RouteState state, string name) =>
        state.Current.PoolOf("web")!.Servers.Single(server => server.Name == name);

    [Fact]
    public async Task A_server_has_all_addresses_of_its_name_and_keeps_the_first()
    {
        _names.Known["web.internal"] = [Six, One, Two];
        var state = await Start("prefer = ipv4");
        Assert.Equal<EndPoint>([At(One), At(Two), At(Six)], Server(state).State.Addresses);
        var to = (RouteTo)state.Current.PoolOf("web")!.Find(0, null, null);
        Assert.Equal<EndPoint?>([At(One), At(Two), At(Six), null],
            [to.Plan.Server, to.Next!.Plan.Server, to.Next.Next!.Plan.Server, to.Next.Next.Next?.Plan.Server]);
        _names.Known["web.internal"] = [Two, Six, One];
        await AskedAgain();
        Assert.Equal(1, state.Current.Version);
    }

    [Fact]
    public async Task An_address_that_a_check_found_comes_first()
    {
        _names.Known["web.internal"] = [One, Two];
        var state = await Start();
        _router.Tell(new PreferAddress("web", Server(state).State, At(Two)));
        _router.Tell(new PreferAddress("web", Server(state).State, At(Three)));
        await Eventually.True(() => Server(state).EndPoint.Equals(At(Two)), "moved");
        await AskedAgain();
        Assert.Equal<EndPoint>([At(Two), At(One)], Server(state).Addresses);
        Assert.Equal(2, state.Current.Version);
    }

    [Fact]
    public async Task Each_address_may_be_a_server_that_is_added_drained_and_removed_with_it()
    {
        _names.Known["web.internal"] = [One, Two];
        var state = await Start(server: ", addresses = all, weight = 7");
        Assert.Equal(["s1/198.51.100.1", "s1/198.51.100.2", "192.0.2.1:443"], Servers(state));
        var stays = Named(state, "s1/198.51.100.2");
        Assert.Equal((7, At(Two), "web.internal:443"), (stays.Weight, (IPEndPoint)stays.EndPoint, stays.Settings.Address));
        var lease = new Lease();
        Assert.True(lease.TryTake(Named(state, "s1/198.51.100.1").State, null));

        _names.Known["web.internal"] = [Three, Two];
        await Eventually.True(() => Servers(state).SequenceEqual(
            ["s1/198.51.100.1 obsolete", "s1/198.51.100.2", "s1/198.51.100.3", "192.0.2.1:443"]), "one obsolete, one new");
        await FishForMessageAsync(static message => message is RoutesChanged, Soon);
        Assert.Same(stays.State, Named(state, "s1/198.51.100.2").State);
        Assert.Equal([0, 1, 2, 3], state.Current.PoolOf("web")!.Servers.Select(static server => server.Index));

        lease.End();
        await Eventually.True(() => Servers(state).SequenceEqual(["s1/198.51.100.2", "s1/198.51.100.3", "192.0.2.1:443"]), "one is gone");
        _names.Known["web.internal"] = [];
        await AskedAgain();
        Assert.Equal(3, Servers(state).Count());
        Assert.Contains("server web/s1: web.internal has no address, it stays at 198.51.100.2:443, 198.51.100.3:443", await Lines(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_returns_before_its_server_is_removed_gets_connections_again()
    {
        _names.Known["web.internal"] = [One, Two];
        var state = await Start(server: ", addresses = all");
        var (server, lease) = (Named(state, "s1/198.51.100.1").State, new Lease());
        lease.TryTake(server, null);
        _names.Known["web.internal"] = [Two];
        await Eventually.True(() => Servers(state).First() == "s1/198.51.100.1 obsolete", "obsolete");
        _names.Known["web.internal"] = [Two, One];
        await Eventually.True(() => Servers(state).First() == "s1/198.51.100.1", "it is back");
        Assert.Same(server, Named(state, "s1/198.51.100.1").State);
    }

    [Fact]
    public async Task A_name_without_an_address_is_one_server_that_is_down_until_it_has_some()
    {
        var state = await Start("at-start = optional", ", addresses = all");
        Assert.Equal(["s1 down", "192.0.2.1:443"], Servers(state));
        _names.Known["web.internal"] = [One, Six];
        await Eventually.True(() => Servers(state).SequenceEqual(["s1/198.51.100.1", "s1/2001:db8::1", "192.0.2.1:443"]), "two servers");
    }

    [Fact]
    public async Task A_backend_has_64_servers_however_many_addresses_there_are()
    {
        _names.Known["web.internal"] = [.. Enumerable.Range(1, 70).Select(static i => IPAddress.Parse($"198.51.100.{i}"))];
        var state = await Start(server: ", addresses = all");
        Assert.Equal(64, Servers(state).Count());
        Assert.Equal("192.0.2.1:443", Servers(state).Last());
        await AskedAgain();
        Assert.Equal(1, state.Current.Version);
        var lines = await Lines();
        Assert.Single(lines.Split('\n'), static line =>
            line.Contains("has 70 addresses, of which 63 are used: a backend has at most 64 servers", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_reload_keeps_the_servers_of_a_name_and_may_prefer_other_addresses()
    {
        _names.Known["web.internal"] = [One, Six];
        var all = await Start(server: ", addresses = all");
        var before = all.Current.PoolOf("web")!;
        _names.Known.Clear();
        var plan = (await ServerAddresses.Plan(Settings(server: ", addresses = all, weight = 9"), all.Current, _names, null))[0];
        var next = plan.ToPool(before, TimeProvider.System);
        Assert.Equal(before.Servers.Select(static server => (server.Name, server.State)),
            next.Servers.Select(static server => (server.Name, server.State)));
        Assert.Equal([9, 9, 100], next.Servers.Select(static server => server.Weight));

        _names.Known["web.internal"] = [One, Six];
        var one = (await Start()).Current;
        var preferring = (await ServerAddresses.Plan(Settings("prefer = ipv6"), one, _names, null))[0].ToPool(
            one.PoolOf("web"), TimeProvider.System);
        Assert.Equal(At(Six), preferring.Servers[0].EndPoint);
    }
}
