using System.Net.Sockets;
using System.Text;
using EdgeActors.Tests.Protocol;
using EdgeHost.Admin;
using EdgeHost.Control;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Hostile;

/// <summary>Attacks on the ports and sockets of operators and other processes. Handover/ForeignUpgradeSpecs.cs has what a foreign process
/// at upgrade.socket gets, Admin/AdminFloodSpecs.cs what the admin port answers.</summary>
[Collection(Heavy.Name)]
public sealed class OperatorAttackSpecs(UnderAttack edge, ITestOutputHelper output) : IClassFixture<UnderAttack>
{
    private const int PerSecond = 200;

    /// <summary>Neither HTTP, nor a message of an upgrade, nor a frame of Akka.Remote; as the latter its length is 4 GiB.</summary>
    private static readonly byte[] s_garbage = [.. Enumerable.Repeat((byte)0xff, 512)];

    [Fact]
    public Task Guesses_of_the_password()
    {
        var request = Encoding.ASCII.GetBytes(
            $"GET /stats HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {Convert.ToBase64String("operator:guess"u8)}\r\n\r\n");
        return edge.Withstands(
            output, "guesses of the password", attacker => attacker.Repeat(PerSecond, _ => attacker.Open(edge.Attacked.Admin).Send(request)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task Silent_connections_to_admin(bool readiness)
    {
        // All connections of the default admin.max-connections.
        const int Silent = 64 + OperatorConnections.Reserved;
        return edge.Withstands(
            output, $"{Silent} silent connections to admin{(readiness ? ", /ready" : "")}",
            attacker => attacker.Repeat(PerSecond, i =>
        {
            if (i < Silent)
                attacker.Open(edge.Attacked.Admin);
        }), readiness: readiness);
    }

    [Fact]
    public async Task Watchers_that_do_not_read()
    {
        // One less than the control socket serves at once. Each gets an event for every step of the attack.
        const int Watchers = ControlServer.MaxConnections - 1;
        var hello = HelloBytes.ForName(UnderAttack.Other);
        var before = edge.MemoryBesideQuiet;
        await edge.Withstands(output, $"{Watchers} watchers that do not read", attacker => attacker.Repeat(PerSecond, i =>
        {
            if (i < Watchers)
                attacker.Open(edge.Attacked.Control).Send("GET /api/watch HTTP/1.1\r\nHost: x\r\n\r\n"u8);
            attacker.Open(edge.Attacked.Listener).Send(hello);
        }));
        var more = (edge.MemoryBesideQuiet - before) >> 20;
        output.WriteLine($"resident memory: {more} MiB more than before");
        Assert.InRange(more, 0, 100);
        (await EdgeProcess.Run("ctl", "--socket", edge.Attacked.Control, "status")).ShouldSucceed();
    }

    [Theory]
    [InlineData("control")]
    [InlineData("upgrade")]
    [InlineData("admin")]
    [InlineData("redirect")]
    [InlineData("cluster")]
    public async Task Garbage(string to)
    {
        await edge.Withstands(output, $"garbage to {to}", attacker => attacker.Repeat(PerSecond, _ =>
        {
            var socket = to switch
            {
                "control" => attacker.Open(edge.Attacked.Control),
                "upgrade" => attacker.Open(edge.Attacked.Upgrade, SocketType.Seqpacket),
                "admin" => attacker.Open(edge.Attacked.Admin),
                "redirect" => attacker.Open(edge.Attacked.Redirect),
                _ => attacker.Open(edge.Attacked.Cluster),
            };
            socket.Send(s_garbage);
        }));
        (await EdgeProcess.Run("ctl", "--socket", edge.Attacked.Control, "status")).ShouldSucceed();
    }

    [Fact]
    public Task Strangers_at_the_cluster_port() => edge.Withstands(output, "silent connections to the cluster's port", attacker =>
        attacker.Repeat(PerSecond, _ => attacker.Open(edge.Attacked.Cluster)));
}
