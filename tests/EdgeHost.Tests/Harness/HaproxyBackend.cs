using System.Net;

namespace EdgeHost.Tests.Harness;

/// <summary>HAProxy as a backend: TLS, PROXY protocol required, answers every request with the client's address as it saw it.</summary>
internal sealed class HaproxyBackend : IAsyncDisposable
{
    private readonly TestFolder _folder = new();
    private readonly BackgroundProcess _process;

    private HaproxyBackend(string serverName, string log)
    {
        ServerName = serverName;
        Certificate = new TestCertificate(serverName);
        EndPoint = Loopback.NextEndPoint();
        _folder.Write("site.pem", Certificate.Certificate + Certificate.Key);
        var config = _folder.Write("haproxy.cfg", $$"""
            global
              log stdout format raw local0
            defaults
              mode http
              log global
              {{log}}
              timeout client 60s
              timeout server 60s
              timeout connect 5s
            frontend tls
              bind {{EndPoint}} ssl crt {{_folder.File("site.pem")}} accept-proxy
              http-request return status 200 content-type text/plain lf-string "haproxy sees %ci:%cp\n"

            """);
        _process = new BackgroundProcess(Tool.Locate("haproxy"), "-db", "-f", config);
    }

    public string ServerName { get; }

    public TestCertificate Certificate { get; }

    public IPEndPoint EndPoint { get; }

    /// <summary>One line a request, and one for each connection that did not get so far.</summary>
    public LineLog Log => _process.Out;

    /// <param name="log">What its log lines say.</param>
    public static async Task<HaproxyBackend> Start(string serverName, string log = "option httplog")
    {
        var backend = new HaproxyBackend(serverName, log);
        await Eventually.True(
            () => Loopback.IsListening(backend.EndPoint) || backend._process.HasExited,
            () => $"haproxy does not listen: {backend._process.Err.Text}");
        Assert.False(backend._process.HasExited, backend._process.Err.Text);
        return backend;
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Dispose();
    }
}
