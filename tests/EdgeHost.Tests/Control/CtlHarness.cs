using System.Net;
using System.Net.Sockets;
using EdgeActors.Tests.Protocol;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Control;

/// <summary>A process of <c>edge run</c> with a control socket, and a server that sends back what it gets.</summary>
public abstract class CtlHarness : IAsyncLifetime
{
    private protected const string Web = "web.test", Other = "other.test";

    private readonly List<Socket> _clients = [];
    private readonly OddServer _server = OddServer.That(static async socket =>
    {
        var buffer = new byte[1024];
        while (await socket.ReceiveAsync(buffer) is var got and > 0)
            await socket.SendAsync(buffer.AsMemory(0, got));
    });

    private protected TestFolder Folder { get; } = new();

    private protected BackgroundProcess Edge { get; private set; } = null!;

    private protected IPEndPoint EndPoint { get; set; } = null!;

    private protected string Path => Folder.File("run/ctl.sock");

    public async ValueTask InitializeAsync()
    {
        Edge = EdgeProcess.Start("run", "-c", Config());
        EndPoint = await EdgeProcess.Listening(Edge);
        await Edge.Out.WaitFor("control socket");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            client.Dispose();
        await Edge.DisposeAsync();
        _server.Dispose();
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected string Config(string drain = "0s") => Folder.Write("edge.conf", $$"""
        edge {
          listeners { https { bind = "127.0.0.1:0", rate-limit = off } }
          routes { "{{Web}}" = web, "{{Other}}" = other }
          backends { web { servers = [{ name = s1, address = "{{_server.EndPoint}}" }] }, other { servers = ["{{_server.EndPoint}}"] } }
          backend-defaults { proxy-protocol = off, health.enabled = off }
          control.socket = "{{Path}}"
          drain-timeout = {{drain}}
        }
        """);

    private protected async Task<Socket> Connect(string name)
    {
        var client = await Client.Connect(EndPoint);
        lock (_clients)
            _clients.Add(client);
        await Client.Exchange(client, HelloBytes.ForName(name));
        return client;
    }

    private protected async Task<Socket[]> Connect(string name, int count)
    {
        var all = new List<Socket>();
        foreach (var some in Enumerable.Range(0, count).Chunk(50))
            all.AddRange(await Task.WhenAll(some.Select(_ => Connect(name))));
        return [.. all];
    }
}
