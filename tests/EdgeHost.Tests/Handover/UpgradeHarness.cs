using System.Net;
using System.Net.Sockets;
using EdgeActors.Tests.Protocol;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Handover;

/// <summary>Processes of one place, each of which takes over from the one before it, and a server that sends back what it gets.</summary>
public abstract class UpgradeHarness : IDisposable
{
    private protected TestFolder Folder { get; } = new();

    private protected IPEndPoint Listener { get; } = Loopback.NextEndPoint();

    private protected IPEndPoint Plain { get; } = Loopback.NextEndPoint();

    private protected IPEndPoint Admin { get; } = Loopback.NextEndPoint();

    private protected IPEndPoint Health { get; } = Loopback.NextEndPoint();

    private protected OddServer Server { get; } = OddServer.That(static async socket =>
    {
        socket.NoDelay = true;
        var buffer = new byte[4096];
        while (await socket.ReceiveAsync(buffer) is var got and > 0)
            await socket.SendAsync(buffer.AsMemory(0, got));
        socket.Shutdown(SocketShutdown.Send);
    });

    private protected static byte[] Hello { get; } = HelloBytes.ForName("a.test");

    private protected string Control => Folder.File("ctl.sock");

    public void Dispose()
    {
        Server.Dispose();
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected async Task<Socket> Joined()
    {
        var client = await Client.Connect(Listener);
        await Client.Exchange(client, Hello);
        return client;
    }

    private protected static Task Exchange(Socket client, string words) =>
        Client.Exchange(client, System.Text.Encoding.ASCII.GetBytes(words));

    private protected async Task<BackgroundProcess> Started(string transport, string name, string? backends = null, string? more = null)
    {
        var edge = EdgeProcess.Start(
            "run", "-c", Config(transport, name, backends, more ?? $"admin {{ bind = \"{Admin}\", health-bind = \"{Health}\" }}"));
        await EdgeProcess.Listening(edge);
        await edge.Out.WaitFor(more is null ? "admin on" : "control socket");
        return edge;
    }

    private protected string Config(string transport, string name, string? backends = null, string more = "") => Folder.Write($"edge-{name}.conf", $$"""
        edge {
          listeners { https { bind = "{{Listener}}", rate-limit = off, hello-timeout = 5m } }
          routes { "a.test" = web }
          backends { {{backends ?? $"web {{ servers = [\"{Server.EndPoint}\"], proxy-protocol = off, health {{ enabled = off }} }}"}} }
          transport { {{transport}} }
          http-redirect.bind = "{{Plain}}"
          control.socket = "{{Control}}"
          upgrade.socket = "{{Folder.File("upgrade.sock")}}"
          drain-timeout = 100ms
          {{more}}
        }
        """);
}
