using System.Net;
using EdgeActors.Routing;
using EdgeActors.Settings;

namespace EdgeActors.Tests;

/// <summary>Settings with short times, for tests that change what they are about.</summary>
internal static class TestSettings
{
    public static ListenerSettings Listener(
        RateLimitSettings? rateLimit = null, TimeSpan? helloTimeout = null, RefusalSettings? refusals = null) => new(
        Name: "https",
        Binds: [new BindSettings(new IPEndPoint(IPAddress.Loopback, 0), DualMode: false)],
        Backlog: 128,
        Access: null,
        RateLimit: rateLimit,
        HelloTimeout: helloTimeout ?? TimeSpan.FromSeconds(5),
        MaxHelloSize: 16 * 1024,
        Refusals: refusals ?? new RefusalSettings(Silent, Silent, Silent, Silent, Silent, Silent));

    public static RefusalPolicy Silent => new(CloseMode.SilentDrop);

    public static RateLimitSettings RateLimit(int? limit = 50, int? maxConnections = null) =>
        new(limit, TimeSpan.FromSeconds(5), maxConnections, new PrefixLengths(32, 64), TableSize: 10_000, TimeSpan.FromSeconds(60));

    public static HealthSettings Health(TimeSpan? interval = null, int fall = 3, int rise = 2) => new(
        Enabled: true,
        Check: CheckKind.Tcp,
        Interval: interval ?? TimeSpan.FromSeconds(10),
        FastInterval: interval ?? TimeSpan.FromSeconds(10),
        DownInterval: interval ?? TimeSpan.FromSeconds(10),
        Spread: 0,
        Timeout: TimeSpan.FromSeconds(2),
        Fall: fall,
        Rise: rise,
        SendProxy: CheckHeader.Local,
        Sni: null,
        Http: new HttpCheckSettings("GET", "/", null, Statuses("2xx,3xx")),
        Initial: InitialHealth.Up,
        Observe: Observe.Off,
        ErrorLimit: 10,
        OnError: OnError.FailCheck,
        OnMarkedDown: OnMarkedDown.Keep);

    public static StatusSet Statuses(string text)
    {
        Assert.True(StatusSet.TryRead(text, out var statuses), text);
        return statuses;
    }

    public static BackendSettings Backend(string name = "web", int servers = 1, int retries = 3, TimeSpan? retryDelay = null) => new(
        Name: name,
        Servers: [.. Enumerable.Range(0, servers).Select(i => new ServerSettings($"s{i}", Server(i)))],
        ProxyProtocol: ProxyProtocol.V2,
        Health: Health(),
        ConnectTimeout: TimeSpan.FromSeconds(5),
        Source: null,
        Retries: retries,
        RetryDelay: retryDelay ?? TimeSpan.FromMilliseconds(20),
        Timeouts: new RelayTimeouts(TimeSpan.FromMinutes(5)),
        Pool: Pooling());

    public static PoolSettings Pooling(BalanceAlgorithm balance = BalanceAlgorithm.RoundRobin, int queue = 128) => new(
        Balance: balance,
        AllBackups: false,
        Redispatch: true,
        Queue: new QueueSettings(queue, TimeSpan.FromSeconds(5)),
        Resolve: new ResolveSettings(TimeSpan.FromSeconds(10), NeededAtStart: true));

    public static IPEndPoint Server(int index) => new(IPAddress.Parse("198.51.100.1"), 9000 + index);

    public static RouteSnapshot Routes(BackendSettings backend, params string[] names) => new(
        new RouteTable(1, names.Select(name => KeyValuePair.Create(name, backend.Name))),
        [backend.ToPool()]);
}
