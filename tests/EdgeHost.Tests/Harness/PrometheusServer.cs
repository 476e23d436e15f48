using System.Net;
using System.Text.Json;

namespace EdgeHost.Tests.Harness;

/// <summary>A Prometheus that scrapes one target, twice a second.</summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    private readonly TestFolder _folder = new();
    private readonly IPEndPoint _endPoint = Loopback.NextEndPoint();
    private readonly BackgroundProcess _process;

    private PrometheusServer(IPEndPoint target)
    {
        var config = _folder.Write("prometheus.yml", $$"""
            global: { scrape_interval: 500ms, scrape_timeout: 500ms }
            scrape_configs:
              - job_name: edge
                static_configs: [{ targets: ["{{target}}"] }]

            """);
        _process = new BackgroundProcess(
            Tool.Locate("prometheus"), $"--config.file={config}", $"--storage.tsdb.path={_folder.File("data")}", $"--web.listen-address={_endPoint}");
    }

    public string Log => _process.Err.Text;

    public static async Task<PrometheusServer> Start(IPEndPoint target)
    {
        var prometheus = new PrometheusServer(target);
        await Eventually.True(
            () =>
                Loopback.IsListening(prometheus._endPoint) || prometheus._process.HasExited, () =>
                    $"prometheus does not listen: {prometheus.Log}");
        Assert.False(prometheus._process.HasExited, prometheus.Log);
        return prometheus;
    }

    /// <returns>The value of the first series; null: there is none.</returns>
    public async Task<string?> Query(string query)
    {
        var answer = await Http.Get(_endPoint, $"/api/v1/query?query={Uri.EscapeDataString(query)}");
        if (answer.Status != HttpStatusCode.OK)
            return null;
        using var json = JsonDocument.Parse(answer.Body);
        foreach (var series in json.RootElement.GetProperty("data").GetProperty("result").EnumerateArray())
            return series.GetProperty("value")[1].GetString();
        return null;
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Dispose();
    }
}
