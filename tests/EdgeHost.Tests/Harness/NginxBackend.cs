using System.Net;

namespace EdgeHost.Tests.Harness;

/// <summary>nginx as a backend: TLS, PROXY protocol required, files under /, uploads with PUT under /up/, the client's address at
/// /who.</summary>
internal sealed class NginxBackend : IAsyncDisposable
{
    private readonly TestFolder _folder = new();
    private BackgroundProcess? _process;

    private NginxBackend(string serverName)
    {
        ServerName = serverName;
        Certificate = new TestCertificate(serverName);
        EndPoint = Loopback.NextEndPoint();
    }

    public string ServerName { get; }

    public TestCertificate Certificate { get; }

    public IPEndPoint EndPoint { get; }

    public string AccessLog => File.ReadAllText(_folder.File("access.log"));

    /// <summary>Health checks seen: each leaves a line such as "client 127.0.0.1 closed connection while SSL handshaking".</summary>
    public int Checks =>
        ErrorLog.Split('\n').Count(line => line.Contains(" closed connection while SSL handshaking", StringComparison.Ordinal));

    public string ErrorLog => File.ReadAllText(_folder.File("error.log"));

    public static async Task<NginxBackend> Start(string serverName)
    {
        var backend = new NginxBackend(serverName);
        backend.WriteFiles();
        await backend.Start();
        return backend;
    }

    public async Task Start()
    {
        _process = new BackgroundProcess(
            Tool.Locate("nginx"), "-p", _folder.Path, "-c", _folder.File("nginx.conf"), "-e", _folder.File("error.log"));
        await Eventually.True(
            () => Loopback.IsListening(EndPoint) || _process.HasExited, () => $"nginx does not listen: {_process.Err.Text}{ErrorLog}");
        Assert.False(_process.HasExited, _process.Err.Text);
    }

    public async Task Stop()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        _process = null;
    }

    /// <summary>What is served under that name, and where uploads to up/NAME arrive.</summary>
    public string ServedFile(string name) => _folder.File(Path.Combine("www", name));

    public async ValueTask DisposeAsync()
    {
        await Stop();
        _folder.Dispose();
    }

    private void WriteFiles()
    {
        Directory.CreateDirectory(_folder.File("www"));
        _folder.Write("site.crt", Certificate.Certificate);
        _folder.Write("site.key", Certificate.Key);
        _folder.Write("nginx.conf", $$"""
            daemon off;
            # One process: it stops at once, and needs no second user for its workers.
            master_process off;
            pid nginx.pid;
            error_log error.log info;
            events { worker_connections 256; }
            http {
              log_format edge '$proxy_protocol_addr:$proxy_protocol_port $request_method $uri $status';
              access_log access.log edge;
              default_type application/octet-stream;
              client_body_temp_path tmp-body; proxy_temp_path tmp-proxy; fastcgi_temp_path tmp-fastcgi;
              uwsgi_temp_path tmp-uwsgi; scgi_temp_path tmp-scgi;
              server {
                listen {{EndPoint}} ssl proxy_protocol;
                server_name {{ServerName}};
                ssl_certificate site.crt;
                ssl_certificate_key site.key;
                root www;
                location /up/ { dav_methods PUT; create_full_put_path on; client_max_body_size 1g; }
                # For health checks: 500 for as long as there is a file "broken".
                location = /check { if (-f $document_root/broken) { return 500; } return 204; }
                location = /who { default_type text/plain; return 200 "nginx sees $proxy_protocol_addr:$proxy_protocol_port\n"; }
              }
            }
            """);
    }
}
