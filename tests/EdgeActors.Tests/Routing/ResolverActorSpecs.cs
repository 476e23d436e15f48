using System.Collections.Concurrent;
using System.Net;
using Akka.Actor;
using EdgeActors.Config;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry;

namespace EdgeActors.Tests.Routing;

/// <summary>Host names for addresses, with the test as DNS.</summary>
public sealed partial class ResolverActorSpecs : EdgeTestKit
{
    private static readonly TimeSpan Soon = Eventually.Deadline;
    private static readonly IPAddress One = IPAddress.Parse("198.51.100.1");
    private static readonly IPAddress Two = IPAddress.Parse("198.51.100.2");
    private static readonly IPAddress Six = IPAddress.Parse("2001:db8::1");

    private readonly Names _names = new();
    private readonly MemoryStream _lines = new();
    private readonly EdgeLog _log;
    private IActorRef _router = ActorRefs.Nobody;

    public ResolverActorSpecs() => _log = new EdgeLog(new LogSettings(false, 100, LogThreshold.Info), _lines, TimeProvider.System);

    private sealed class Names : IHostResolver
    {
        private int _asked;

        public ConcurrentDictionary<string, IPAddress[]> Known { get; } = new();

        public volatile bool Throws;

        public int Asked => Volatile.Read(ref _asked);

        public Task<IReadOnlyList<IPAddress>> Resolve(string host)
        {
            Interlocked.Increment(ref _asked);
            return Throws
                ? Task.FromException<IReadOnlyList<IPAddress>>(new InvalidOperationException("no resolver"))
                : Task.FromResult<IReadOnlyList<IPAddress>>(Known.GetValueOrDefault(host, []));
        }
    }

    private static EdgeSettings Settings(string resolve = "", string server = "") => EdgeSettingsReader.ReadText($$"""
        edge {
          listeners { https { bind = "127.0.0.1:0" } }
          backends { web {
            servers = [{ name = s1, address = "web.internal:443" {{server}} }, "192.0.2.1:443"], resolve { interval = 20ms, {{resolve}} }
          } }
        }
        """).Settings!;

    private async Task<RouteState> Start(string resolve = "", string server = "")
    {
        var backends = await ServerAddresses.Resolve(Settings(resolve, server), _names, _log);
        var state = new RouteState(new RouteSnapshot(RouteTable.Empty, backends));
        var router = _router = Sys.ActorOf(RouterActor.Props(state));
        Sys.ActorOf(ResolverActor.Props(state, new ResolverServices(_names, router, _log, TestActor)));
        return state;
    }

    private static ServerModel Server(RouteState state) => state.Current.PoolOf("web")!.Servers[0];

    private Task AskedAgain()
    {
        var asked = _names.Asked;
        return Eventually.True(() => _names.Asked > asked + 2, "asked again");
    }

    private async Task<string> Lines()
    {
        await _log.DisposeAsync();
        return System.Text.Encoding.UTF8.GetString(_lines.ToArray());
    }

    [Fact]
    public async Task A_change_moves_the_server_and_is_told_once()
    {
        _names.Known["web.internal"] = [One];
        var state = await Start();
        var server = Server(state);
        Assert.Equal(new IPEndPoint(One, 443), server.EndPoint);
        _names.Known["web.internal"] = [Two];
        await Eventually.True(() => server.State.EndPoint.Equals(new IPEndPoint(Two, 443)), "moved");
        await AskedAgain();
        Assert.Equal(2, state.Current.Version);
        var lines = await Lines();
        Assert.Single(
            lines.Split('\n'),
            line =>
                line.Contains("server web/s1: web.internal has moved from 198.51.100.1:443 to 198.51.100.2:443", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_last_good_answer_stays_while_there_is_none(bool throws)
    {
        _names.Known["web.internal"] = [One];
        var state = await Start();
        if (throws)
            _names.Throws = true;
        else
            _names.Known["web.internal"] = [];
        await AskedAgain();
        Assert.Equal(new IPEndPoint(One, 443), Server(state).EndPoint);
        _names.Throws = false;
        _names.Known["web.internal"] = [Two];
        await Eventually.True(() => Server(state).EndPoint.Equals(new IPEndPoint(Two, 443)), "moved");
        var lines = await Lines();
        Assert.Single(lines.Split('\n'), line => line.Contains("has no address, it stays at 198.51.100.1:443", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_name_without_an_address_at_start_is_an_error() =>
        Assert.Equal(
        "server web/s1: the host name of web.internal:443 has no address; "
        + "with resolve.at-start = optional, Edge starts and the server is DOWN until it has one",
        (await Assert.ThrowsAsync<ServerAddressException>(() => Start())).Message);

    [Fact]
    public async Task Where_it_is_optional_the_server_is_down_until_it_has_one()
    {
        var state = await Start("at-start = optional");
        Assert.False(Server(state).HasAddress);
        Assert.Equal(1, state.Current.PoolOf("web")!.Pick()!.Index);
        await AskedAgain();
        Assert.Equal(1, state.Current.Version);
        _names.Known["web.internal"] = [Six];
        await Eventually.True(() => state.Current.PoolOf("web")!.Servers[0].IsUsable, "usable");
        Assert.Equal(new IPEndPoint(Six, 443), Server(state).EndPoint);
    }

    [Fact]
    public async Task Addresses_are_not_looked_up_nor_is_anything_where_it_is_off()
    {
        _names.Known["web.internal"] = [One];
        var state = await Start();
        Assert.Single(ResolverActor.TargetsOf(state.Current));
        Assert.Empty(ResolverActor.TargetsOf((await Start("interval = off")).Current));
    }
}
