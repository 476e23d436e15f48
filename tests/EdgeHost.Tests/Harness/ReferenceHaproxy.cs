using System.Net;

namespace EdgeHost.Tests.Harness;

/// <summary>HAProxy as the deployment that Edge replaces has it: SNI routes, PROXY v2, silent drops, a limit per address; with short
/// waits.</summary>
internal sealed class ReferenceHaproxy : IAsyncDisposable
{
    private readonly TestFolder _folder = new();
    private readonly BackgroundProcess _process;

    private ReferenceHaproxy(IReadOnlyDictionary<string, IPEndPoint?> backends)
    {
        EndPoint = Loopback.NextEndPoint();
        LimitedEndPoint = Loopback.NextEndPoint();
        var config = _folder.Write("haproxy.cfg", $$"""
            global
              log stdout format raw local0
              maxconn 1000
            defaults
              mode tcp
              log global
              log-format "%cp ts=%ts"
              timeout connect 500ms
              timeout client 60s
              timeout server 60s
              timeout tunnel 60s
              retries 0
            frontend all
              bind {{EndPoint}}
              tcp-request inspect-delay 3s
            {{Routes(backends)}}
            frontend limited
              bind {{LimitedEndPoint}}
              tcp-request inspect-delay 3s
              stick-table type ip size 100k expire 120s store conn_rate(60s)
              tcp-request connection track-sc0 src
              tcp-request content silent-drop if { src_conn_rate(limited) ge 2 }
            {{Routes(backends)}}
            {{string.Join('\n', backends.Select(Backend))}}

            """);
        _process = new BackgroundProcess(Tool.Locate("haproxy"), "-db", "-f", config);
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>The second connection of an address is one too many here.</summary>
    public IPEndPoint LimitedEndPoint { get; }

    /// <param name="backends">By the server name that leads there, which is NAME.test; null: its server is down.</param>
    public static async Task<ReferenceHaproxy> Start(IReadOnlyDictionary<string, IPEndPoint?> backends)
    {
        var haproxy = new ReferenceHaproxy(backends);
        await Eventually.True(
            () =>
                Loopback.IsListening(haproxy.EndPoint) || haproxy._process.HasExited, () =>
                    $"haproxy does not listen: {haproxy._process.Err.Text}");
        Assert.False(haproxy._process.HasExited, haproxy._process.Err.Text);
        return haproxy;
    }

    /// <summary>The termination state that it logs for this client.</summary>
    public async Task<string> StateOf(EndPoint client)
    {
        var line = await _process.Out.WaitFor(
            line => line.StartsWith($"{((IPEndPoint)client).Port} ts=", StringComparison.Ordinal), $"the end of {client}");
        return line[(line.IndexOf('=') + 1)..].Trim();
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Dispose();
    }

    private static string Routes(IReadOnlyDictionary<string, IPEndPoint?> backends) => $"""
              acl known req.ssl_sni -i {string.Join(' ', backends.Keys.Select(name => $"{name}.test"))}
              tcp-request content silent-drop if !known
            {string.Join('\n', backends.Keys.Select(name => $"  use_backend {name} if {{ req.ssl_sni -i {name}.test }}"))}
            """;

    private static string Backend(KeyValuePair<string, IPEndPoint?> backend) => $"""
        backend {backend.Key}
          {(backend.Key == "quiet" ? "timeout tunnel 500ms" : "")}
          server s {backend.Value ?? new IPEndPoint(IPAddress.Loopback, 9)} send-proxy-v2 {(backend.Value is null ? "disabled" : "")}
        """;
}
