using System.Net;

namespace EdgeHost.Tests.Harness;

/// <summary>HAProxy with a TCP frontend and a backend of two servers, and its statistics.</summary>
internal sealed class StatsHaproxy : IAsyncDisposable
{
    private readonly TestFolder _folder = new();
    private readonly BackgroundProcess _process;

    private StatsHaproxy()
    {
        var config = _folder.Write("haproxy.cfg", $$"""
            global
              maxconn 1000
            defaults
              mode tcp
              timeout connect 500ms
              timeout client 5s
              timeout server 5s
            frontend https
              bind {{Loopback.NextEndPoint()}}
              default_backend web
            backend web
              balance leastconn
              server s1 {{Loopback.NextEndPoint()}} check inter 100ms fall 1 maxconn 10
              server s2 {{Loopback.NextEndPoint()}}
            frontend statistics
              mode http
              bind {{EndPoint}}
              http-request use-service prometheus-exporter if { path /metrics }
              stats enable
              stats uri /stats
              monitor-uri /health

            """);
        _process = new BackgroundProcess(Tool.Locate("haproxy"), "-db", "-f", config);
    }

    public IPEndPoint EndPoint { get; } = Loopback.NextEndPoint();

    public static async Task<StatsHaproxy> Start()
    {
        var haproxy = new StatsHaproxy();
        await Eventually.True(
            () =>
                Loopback.IsListening(haproxy.EndPoint) || haproxy._process.HasExited, () =>
                    $"haproxy does not listen: {haproxy._process.Err.Text}");
        Assert.False(haproxy._process.HasExited, haproxy._process.Err.Text);
        return haproxy;
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Dispose();
    }
}
