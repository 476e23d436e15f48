using EdgeActors.Tests.Protocol;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Container;

/// <summary>A second container takes over from the first by a volume that both have (docs/upgrade.md).</summary>
[Collection(Heavy.Name)]
public sealed class ContainerUpgradeSpecs : IDisposable
{
    private const string Name = "web.test";

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [RequiresImageFact]
    public async Task Connections_pass_to_the_next_container_and_the_first_one_ends()
    {
        var volume = $"edge-test-{Guid.NewGuid():N}";
        using var echo = OddServer.That(static async socket =>
        {
            var buffer = new byte[1024];
            while (await socket.ReceiveAsync(buffer) is var got and > 0)
                await socket.SendAsync(buffer.AsMemory(0, got));
        });
        var endPoint = Loopback.NextEndPoint();
        var config = _folder.Write("edge.conf", $$"""
            edge {
              listeners { https { bind = "{{endPoint}}", rate-limit = off } }
              routes { "{{Name}}" = web }
              backends { web { servers = ["{{echo.EndPoint}}"], proxy-protocol = off, health { enabled = off } } }
              control { socket = "/run/edge/ctl.sock" }
              upgrade { socket = "/run/edge/upgrade.sock" }
            }
            """);
        (await Tool.Run("podman", "volume", "create", volume)).ShouldSucceed();
        try
        {
            await using var old = EdgeContainer.AsImageUser(config, volume);
            await EdgeProcess.Listening(old.Process);
            await old.Process.Out.WaitFor("control socket");
            using var held = await Client.Connect(endPoint);
            await Client.Exchange(held, HelloBytes.ForName(Name));

            await using var next = EdgeContainer.AsImageUser(config, volume);
            await next.Process.Out.WaitFor("upgrade: 1 connection(s) of the process before taken over");
            Assert.Equal(0, await old.Process.Exit());
            await Client.Exchange(held, "by the next container"u8.ToArray());
            using var another = await Client.Connect(endPoint);
            await Client.Exchange(another, HelloBytes.ForName(Name));
            Assert.Contains("2", (await next.Exec("edge", "ctl", "connections", "--count")).ShouldSucceed().Out);
        }
        finally
        {
            await Tool.Run("podman", "volume", "rm", "--force", volume);
        }
    }
}
