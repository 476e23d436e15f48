using System.Net;
using EdgeActors.Tests.Protocol;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Hosting;

/// <summary>Who asks a process that drains is told so, until it is gone.</summary>
public sealed class ReadinessSpecs
{
    [Fact]
    public async Task A_process_that_drains_is_healthy_and_not_ready()
    {
        using var folder = new TestFolder();
        using var server = OddServer.That(static async socket =>
        {
            await socket.ReceiveAsync(new byte[4096]);
            await socket.SendAsync("a"u8.ToArray());
            await Client.ReadToEnd(socket);
        });
        var health = Loopback.NextEndPoint();
        await using var edge = EdgeProcess.Start("run", "-c", folder.Write("edge.conf", $$"""
            edge {
              listeners { https { bind = "127.0.0.1:0" } }
              routes { "a.test" = web }
              backends { web { servers = ["{{server.EndPoint}}"], health { enabled = off } } }
              admin.health-bind = "{{health}}"
              drain-timeout = 60s
            }
            """));
        var endPoint = await EdgeProcess.Listening(edge);
        await edge.Out.WaitFor("admin on");
        (await Http.Get(health, "/ready")).ShouldBe(HttpStatusCode.OK);
        using var client = await Client.Connect(endPoint);
        await client.SendAsync(HelloBytes.ForName("a.test"));
        await client.ReceiveAsync(new byte[1]);

        await edge.Signal("TERM");
        await edge.Out.WaitFor("draining 1 connection(s)");
        (await Http.Get(health, "/health")).ShouldBe(HttpStatusCode.OK);
        Assert.Equal(
            "draining\nlistener https is not bound\n", (await Http.Get(health, "/ready")).ShouldBe(HttpStatusCode.ServiceUnavailable).Body);

        client.Dispose();
        Assert.Equal(0, await edge.Exit());
        Assert.False(Loopback.IsListening(health));
    }
}
