using System.Net;
using Edge.Hocon;
using EdgeActors.Config;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Config;

/// <summary><c>hocon/edge.conf</c> is the one place of defaults: what is in it is read, and what is read is in it.</summary>
public class EdgeConfSpecs
{
    private const string Smallest = """
        edge {
          listeners { https { bind = "127.0.0.1:7050" } }
          routes    { "demo.fiscalismia.com" = web }
          backends  { web { servers = ["127.0.0.1:9001"] } }
        }
        """;

    [Fact]
    public void It_has_every_key_of_the_table_and_no_other() => Assert.Equal(
        Paths((HoconObject)EdgeSettingsReader.Defaults.Find("edge")!, "").Order(StringComparer.Ordinal),
        EdgeKeys.Edge.Paths().Order(StringComparer.Ordinal));

    private static IEnumerable<string> Paths(HoconObject scope, string prefix) =>
        scope.Fields.SelectMany(field => field.Value is HoconObject below
            ? Paths(below, prefix + field.Key + ".").Prepend(prefix + field.Key)
            : [prefix + field.Key]);

    [Fact]
    public void Every_key_in_it_has_a_line_that_says_why_or_what()
    {
        var lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "hocon", "edge.conf"));
        var said = false;
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].Trim();
            if (line.StartsWith('#'))
                said = true;
            else if (line.Contains('=', StringComparison.Ordinal))
                Assert.True(said, $"line {i + 1}: {line}");
            else if (line.Length == 0 || line == "}")
                said = false;
        }
    }

    [Fact]
    public void The_smallest_file_has_the_value_of_each_key_that_it_does_not_name()
    {
        var settings = Assert.IsType<EdgeSettings>(EdgeSettingsReader.ReadText(Smallest).Settings);

        var listener = Assert.Single(settings.Listeners);
        Assert.Equal("https", listener.Name);
        Assert.Equal("127.0.0.1:7050", Assert.Single(listener.Binds).ToString());
        Assert.Equal(4096, listener.Backlog);
        Assert.Null(listener.Access);
        Assert.Equal(new RateLimitSettings(50, TimeSpan.FromSeconds(5), null, new PrefixLengths(32, 64), 500_000, TimeSpan.FromSeconds(60)), listener.RateLimit);
        Assert.Equal(TimeSpan.FromSeconds(5), listener.HelloTimeout);
        Assert.Equal(16 * 1024, listener.MaxHelloSize);
        Assert.Equal(TestSettings.Listener().Refusals, listener.Refusals);
        Assert.Null(listener.Routes);
        Assert.Null(listener.AcceptProxy);

        Assert.Equal(new RouteSettings("demo.fiscalismia.com", "web"), Assert.Single(settings.Routes));

        var (name, backend) = Assert.Single(settings.Backends);
        Assert.Equal("web", name);
        Assert.Equal("web", backend.Name);
        var server = Assert.Single(backend.Servers);
        Assert.Equal("127.0.0.1:9001", server.Name);
        Assert.Equal("127.0.0.1:9001", server.EndPoint.ToString());
        Assert.Equal(ProxyProtocol.V2, backend.ProxyProtocol);
        Assert.Equal(default, backend.ProxyTlvs);
        Assert.Equal(TimeSpan.FromSeconds(5), backend.ConnectTimeout);
        Assert.Equal(3, backend.Retries);
        Assert.Equal(TimeSpan.FromSeconds(1), backend.RetryDelay);
        Assert.Equal((100, 0, TimeSpan.Zero, false), (server.Weight, server.MaxConnections, server.SlowStart, server.IsBackup));
        Assert.Equal(
            new PoolSettings(
                Balance: BalanceAlgorithm.RoundRobin,
                AllBackups: false,
                Redispatch: true,
                Queue: new QueueSettings(128, TimeSpan.FromSeconds(5)),
                Resolve: new ResolveSettings(TimeSpan.FromSeconds(10), NeededAtStart: true)),
            backend.Pool);
        Assert.Equal(
            new RelayTimeouts(TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(20), ClientFin: null, ServerFin: null),
            backend.Timeouts);
        Assert.Equal(
            new HealthSettings(
                Enabled: true,
                Check: CheckKind.Tcp,
                Interval: TimeSpan.FromSeconds(10),
                FastInterval: TimeSpan.FromSeconds(10),
                DownInterval: TimeSpan.FromSeconds(10),
                Spread: 5,
                Timeout: TimeSpan.FromSeconds(2),
                Fall: 3,
                Rise: 2,
                SendProxy: CheckHeader.Local,
                Sni: null,
                Http: new HttpCheckSettings("GET", "/", null, TestSettings.Statuses("2xx,3xx")),
                Initial: InitialHealth.Up,
                Observe: Observe.Off,
                ErrorLimit: 10,
                OnError: OnError.FailCheck,
                OnMarkedDown: OnMarkedDown.Keep),
            backend.Health);

        Assert.Null(settings.HttpRedirect);
        Assert.Equal(new ControlSettings(null, null), settings.Control);
        Assert.Equal(new UpgradeSettings(null, TimeSpan.FromHours(1), Keeper: false, TimeSpan.FromSeconds(10)), settings.Upgrade);
        Assert.Null(settings.Admin);
        Assert.Equal(new LimitSettings(4096, 4096, 90, 25, new BufferSettings(1 << 20, 2 << 20)), settings.Limits);
        Assert.Equal(new SilentDropSettings(TimeSpan.FromSeconds(30), null), settings.SilentDrop);
        Assert.Equal(TimeSpan.FromSeconds(30), settings.DrainTimeout);
        Assert.Equal((TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(1)), (settings.FloatingIp.HandoverTimeout, settings.FloatingIp.HandoverSilence));
        Assert.Empty(settings.FloatingIp.Addresses);
        Assert.Equal(TimeSpan.FromMilliseconds(50), settings.AdmissionTimeout);
        Assert.Equal(
            new TransportSettings(
                Kind: TransportKind.Auto,
                BufferSize: 64 * 1024,
                Reactors: null,
                PipeSize: 1024 * 1024,
                MaxPipes: 1024,
                PinReactors: false,
                DeferAccept: false),
            settings.Transport);
        Assert.Equal(new LogSettings(true, 8192, LogThreshold.Info), settings.Log);
        Assert.Equal(
            new ClusterSettings(Enabled: false, Name: Environment.MachineName, Bind: new IPEndPoint(IPAddress.Loopback, 4053), Seeds: [], StableAfter: TimeSpan.FromSeconds(5)),
            settings.Cluster);
        Assert.Equal("", settings.AkkaHocon);
    }
}
