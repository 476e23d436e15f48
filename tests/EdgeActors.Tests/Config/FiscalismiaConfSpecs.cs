using System.Net;
using EdgeActors.Config;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Config;

public class FiscalismiaConfSpecs
{
    private static readonly EdgeSettingsResult Result =
        EdgeSettingsReader.Load(Path.Combine(AppContext.BaseDirectory, "hocon", "fiscalismia.conf"), static _ => null);

    private static EdgeSettings Settings => Result.Settings!;

    [Fact]
    public void It_has_no_error() => Assert.Empty(Result.Errors);

    [Theory]
    [InlineData("fiscalismia.com", "react", "172.24.0.3:443")]
    [InlineData("backend.fiscalismia.com", "rest_api", "172.24.0.4:443")]
    [InlineData("fastapi.fiscalismia.com", "webscraper", "172.24.0.4:8444")]
    [InlineData("demo.fiscalismia.com", "demo_react", "172.20.0.2:443")]
    [InlineData("backend.demo.fiscalismia.com", "demo_rest_api", "172.20.0.2:8443")]
    [InlineData("fastapi.demo.fiscalismia.com", "demo_webscraper", "172.20.0.2:8444")]
    [InlineData("golang.demo.fiscalismia.com", "demo_golang", "172.20.0.2:8445")]
    [InlineData("monitoring.fiscalismia.com", "prometheus_grafana", "172.24.0.2:443")]
    [InlineData("golang.monitoring.fiscalismia.com", "golang_healthcheck", "172.24.0.2:8445")]
    public void Every_name_leads_where_it_leads_today(string name, string backend, string address)
    {
        Assert.Contains(new RouteSettings(name, backend), Settings.Routes);
        Assert.Equal(IPEndPoint.Parse(address), Assert.Single(Settings.Backends[backend].Servers).EndPoint);
    }

    [Fact]
    public void There_are_no_other_names_and_backends()
    {
        Assert.Equal(9, Settings.Routes.Count);
        Assert.Equal(9, Settings.Backends.Count);
    }

    [Fact]
    public void The_figures_are_those_of_today()
    {
        var listener = Assert.Single(Settings.Listeners);
        Assert.Equal(new BindSettings(new IPEndPoint(IPAddress.IPv6Any, 443), DualMode: true), Assert.Single(listener.Binds));
        Assert.Equal(TimeSpan.FromSeconds(5), listener.HelloTimeout);
        Assert.Equal(
            new RateLimitSettings(50, TimeSpan.FromSeconds(5), null, new PrefixLengths(32, 64), 500_000, TimeSpan.FromSeconds(60)),
            listener.RateLimit);
        Assert.Equal(4096, Settings.Limits.MaxConnections);
        foreach (var backend in Settings.Backends.Values)
        {
            Assert.Equal(ProxyProtocol.V2, backend.ProxyProtocol);
            Assert.Equal(TimeSpan.FromSeconds(5), backend.ConnectTimeout);
            Assert.Equal(3, backend.Retries);
            Assert.Equal(TimeSpan.FromMinutes(backend.Name == "demo_webscraper" ? 30 : 5), backend.Timeouts.Tunnel);
            Assert.True(backend.Health is { Enabled: true, SendProxy: CheckHeader.Local, Fall: 3, Rise: 2 });
            Assert.Equal(TimeSpan.FromSeconds(10), backend.Health.Interval);
        }
    }
}
