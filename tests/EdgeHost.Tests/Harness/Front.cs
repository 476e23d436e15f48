using System.Net;

namespace EdgeHost.Tests.Harness;

/// <summary>A balancer ahead of Edge that passes TCP on, with a PROXY header.</summary>
internal sealed class Front : IAsyncDisposable
{
    private readonly TestFolder _folder;
    private readonly BackgroundProcess _process;

    private Front(TestFolder folder, IPEndPoint endPoint, string program, params IEnumerable<string> arguments)
    {
        _folder = folder;
        EndPoint = endPoint;
        _process = new BackgroundProcess(Tool.Locate(program), arguments);
    }

    public IPEndPoint EndPoint { get; }

    /// <param name="options">Of the server line, such as send-proxy-v2.</param>
    public static Task<Front> Haproxy(IPEndPoint edge, string options)
    {
        var folder = new TestFolder();
        var endPoint = Loopback.NextEndPoint();
        var config = folder.Write("haproxy.cfg", $$"""
            defaults
              mode tcp
              timeout client 60s
              timeout server 60s
              timeout connect 5s
            listen front
              bind {{endPoint}}
              unique-id-format %ci-%cp
              server edge {{edge}} {{options}}

            """);
        return Started(new Front(folder, endPoint, "haproxy", "-db", "-f", config));
    }

    /// <summary>Plain HTTP is sent to https.</summary>
    public static Task<Front> HaproxyRedirect()
    {
        var folder = new TestFolder();
        var endPoint = Loopback.NextEndPoint();
        var config = folder.Write("haproxy.cfg", $$"""
            defaults
              mode http
              timeout client 60s
              timeout server 60s
              timeout connect 5s
            frontend plain
              bind {{endPoint}}
              http-request redirect scheme https code 301

            """);
        return Started(new Front(folder, endPoint, "haproxy", "-db", "-f", config));
    }

    /// <summary>nginx sends version 1. Its stream module may be in it, or a file beside it.</summary>
    public static Task<Front> Nginx(IPEndPoint edge)
    {
        const string Module = "/usr/lib/nginx/modules/ngx_stream_module.so";
        var folder = new TestFolder();
        var endPoint = Loopback.NextEndPoint();
        var config = folder.Write("nginx.conf", $$"""
            daemon off;
            master_process off;
            pid nginx.pid;
            error_log error.log info;
            {{(File.Exists(Module) ? $"load_module {Module};" : "")}}
            events { worker_connections 256; }
            stream { server { listen {{endPoint}}; proxy_pass {{edge}}; proxy_protocol on; } }
            """);
        return Started(new Front(folder, endPoint, "nginx", "-p", folder.Path, "-c", config, "-e", folder.File("error.log")));
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Dispose();
    }

    private static async Task<Front> Started(Front front)
    {
        await Eventually.True(
            () => Loopback.IsListening(front.EndPoint) || front._process.HasExited, () => $"it does not listen: {front._process.Err.Text}");
        Assert.False(front._process.HasExited, front._process.Err.Text);
        return front;
    }
}
