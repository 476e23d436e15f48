using System.Net;
using System.Net.Sockets;
using EdgeActors.Tests.Protocol;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Hostile;

/// <summary>What Edge depends on fails: servers, name servers, its output. Hosting/StandardStreamsSpecs.cs and EndToEnd/ResourceSpecs.cs
/// have what a start without descriptors says.</summary>
[Collection(Heavy.Name)]
public sealed class SurroundingsSpecs(ITestOutputHelper output)
{
    private const int PerSecond = 200;

    private static readonly byte[] s_hello = HelloBytes.ForName(UnderAttack.Other);

    [Fact]
    public async Task A_server_is_stopped_and_killed()
    {
        await using var edge = await Started([], "");
        await using var server = EdgeProcess.Start("demo", "backend", UnderAttack.Other, "--bind", $"{edge.Attacked.OtherServer}");
        await Eventually.True(() => Loopback.IsListening(edge.Attacked.OtherServer), () => "the server does not listen");
        await server.Signal("STOP");
        await edge.Withstands(output, "connections to a stopped server", attacker =>
            attacker.Repeat(PerSecond, _ => attacker.Open(edge.Attacked.Listener).Send(s_hello)));
        await server.Signal("KILL");
        await server.Exit();
        await edge.Withstands(output, "connections to a killed server", attacker =>
            attacker.Repeat(PerSecond, _ => attacker.Open(edge.Attacked.Listener).Send(s_hello)));
    }

    [RequiresToolFact("sh")]
    public async Task Standard_output_is_closed()
    {
        await using var edge = await Started(["sh", "-c", "exec \"$@\" >&-", "sh"], "");
        await edge.Withstands(output, "connections with stdout closed", attacker =>
            attacker.Repeat(PerSecond, _ => attacker.Open(edge.Attacked.Listener).Send(s_hello)));
    }

    [RequiresToolFact("unshare", "mount", Root = "mounts a small file system")]
    public async Task The_disk_of_the_log_is_full()
    {
        using var folder = new TestFolder();
        // The mount is of that process's namespace, and ends with it.
        var script = $"mount -t tmpfs -o size=16k tmpfs '{folder.Path}' && exec \"$@\" > '{folder.Path}/log'";
        await using var edge = await Started(["unshare", "--mount", "sh", "-c", script, "sh"], "");
        await edge.Withstands(output, "connections with a full disk", attacker =>
            attacker.Repeat(PerSecond, _ => attacker.Open(edge.Attacked.Listener).Send(s_hello)));
        Assert.InRange(new FileInfo($"/proc/{edge.Attacked.Process.Id}/root{folder.Path}/log").Length, 1, 16 * 1024);
    }

    [RequiresToolFact("unshare", "mount", Root = "mounts a resolv.conf")]
    public async Task The_name_server_does_not_answer()
    {
        const int Dns = 53;
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        var address = Loopback.NextEndPoint().Address;
        silent.Bind(new IPEndPoint(address, Dns));
        using var folder = new TestFolder();
        var resolver = folder.Write("resolv.conf", $"nameserver {address}\n");
        var script = $"mount --bind '{resolver}' \"$(readlink -f /etc/resolv.conf)\" && exec \"$@\"";
        await using var edge = await Started(
            ["unshare", "--mount", "sh", "-c", script, "sh"],
            """
            routes { "named.test" = named }
            backends { named { servers = ["server.does-not-exist.test:443"], resolve.at-start = optional, health { enabled = off } } }
            """);
        var hello = HelloBytes.ForName("named.test");
        await edge.Withstands(output, "connections to a server without address", attacker =>
            attacker.Repeat(PerSecond, _ => attacker.Open(edge.Attacked.Listener).Send(hello)));
        Assert.True(silent.Available > 0, "nobody asked the name server");
    }

    private static async Task<UnderAttack> Started(string[] launcher, string more)
    {
        var edge = new UnderAttack(launcher, more);
        try
        {
            await edge.InitializeAsync();
            return edge;
        }
        catch
        {
            await edge.DisposeAsync();
            throw;
        }
    }
}
