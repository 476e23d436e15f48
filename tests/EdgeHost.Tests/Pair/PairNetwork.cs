using System.Net;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Pair;

/// <summary>
/// The networks of a pair, in namespaces of the kernel that go with the test: two nodes, their clients and servers, and cables that can be
/// cut.
/// <code>
///             client  10.88.0.2, and all of 10.88.8.0/21
///               |
///   public =====+=====+===============+=====  10.88.0.0/16, with the floating IP 10.88.0.10
///                 .11 |           .12 |
///                 node a --- pair --- node b  10.90.0.11, .12
///                 .11 |           .12 |
///   private ==========+=======+=======+=====  10.89.0.0/24
///                             | .21, .22
///                          servers
/// </code>
/// </summary>
internal sealed class PairNetwork : IAsyncDisposable
{
    public const int Clients = 1000;

    public const string Public = "pub", Private = "priv", Link = "pair";

    private static int s_last;

    private readonly string _name = $"edge-pair-{Environment.ProcessId}-{Interlocked.Increment(ref s_last)}";

    private PairNetwork()
    {
    }

    public static IPAddress FloatingIp { get; } = IPAddress.Parse("10.88.0.10");

    public static IReadOnlyList<IPAddress> Servers { get; } = [IPAddress.Parse("10.89.0.21"), IPAddress.Parse("10.89.0.22")];

    public string Client => Place("client");

    public string ServerPlace => Place("servers");

    private static string[] Places => ["client", "servers", "public", "private", "a", "b"];

    public static async Task<PairNetwork> Create()
    {
        var network = new PairNetwork();
        try
        {
            await Sh(network.Script());
            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    public string Place(string name) => $"{_name}-{name}";

    /// <param name="network"><see cref="Public"/>, <see cref="Private"/> or <see cref="Link"/>.</param>
    public static IPAddress AddressOf(string node, string network) =>
        IPAddress.Parse($"10.{(network == Public ? 88 : network == Private ? 89 : 90)}.0.{(node == "a" ? 11 : 12)}");

    /// <summary>One of <see cref="Clients"/>, so that no limit of one of them is met.</summary>
    public static IPAddress ClientAddress(int i) => new([10, 88, (byte)(8 + i % Clients / 250), (byte)(1 + i % 250)]);

    /// <summary>Pulls the node's cable out of the public switch, or puts it back.</summary>
    public Task PublicLink(string node, bool plugged) => Sh($"ip -n {Place("public")} link set dev {node} {(plugged ? "up" : "down")}");

    /// <summary>The cable between the nodes, at one of its ends.</summary>
    public Task PairLink(string node, bool plugged) => Sh($"ip -n {Place(node)} link set {Link} {(plugged ? "up" : "down")}");

    /// <summary>What the other node sends over the cable between them is lost on its way to this one, while the other direction
    /// works.</summary>
    public Task Deafen(string node, bool deaf) => Sh(deaf
        ? $"""
            tc -n {Place(node)} qdisc add dev {Link} ingress
            tc -n {Place(node)} filter add dev {Link} parent ffff: protocol all u32 match u32 0 0 action mirred egress redirect dev sink
            """
        : $"tc -n {Place(node)} qdisc del dev {Link} ingress");

    /// <summary>Whether this node can reach the servers.</summary>
    public Task ServersFrom(string node, bool reachable) => Sh(string.Join('\n', Servers.Select(server =>
        $"ip -n {Place(node)} route {(reachable ? "del" : "add")} unreachable {server}/32")));

    public async Task<bool> HasFloatingIp(string node) =>
        (await Tool.Run("ip", "-n", Place(node), "-o", "addr", "show", "dev", Public))
            .ShouldSucceed().Out.Contains($" {FloatingIp}/", StringComparison.Ordinal);

    public async ValueTask DisposeAsync()
    {
        foreach (var place in Places)
            await Tool.Run("ip", "netns", "del", Place(place));
    }

    private static async Task Sh(string script) => (await Tool.Run("sh", "-e", "-c", script)).ShouldSucceed();

    private string Script() => $$"""
        for n in {{string.Join(' ', Places.Select(Place))}}; do ip netns add $n; ip -n $n link set lo up; done
        for switch in {{Place("public")}} {{Place("private")}}; do ip -n $switch link add br0 type bridge; ip -n $switch link set br0 up; done
        # machine, its device, its switch, its name there
        plug() {
            ip -n $1 link add $2 type veth peer name $4 netns $3
            ip -n $3 link set dev $4 master br0 up
            ip -n $1 link set $2 up
        }
        plug {{Client}} {{Public}} {{Place("public")}} client
        plug {{ServerPlace}} {{Private}} {{Place("private")}} servers
        ip -n {{Client}} addr add 10.88.0.2/16 dev {{Public}}
        # All of these addresses are this machine's own.
        ip -n {{Client}} route add local 10.88.8.0/21 dev lo
        for server in {{string.Join(' ', Servers)}}; do ip -n {{ServerPlace}} addr add $server/24 dev {{Private}}; done
        ip -n {{Place("a")}} link add {{Link}} type veth peer name {{Link}} netns {{Place("b")}}
        node() {
            plug $1 {{Public}} {{Place("public")}} $2
            plug $1 {{Private}} {{Place("private")}} $2
            ip -n $1 addr add 10.88.0.$3/16 dev {{Public}}
            ip -n $1 addr add 10.89.0.$3/24 dev {{Private}}
            # As behind a router: the kernel's table of neighbours, which all namespaces share, is too small for this many clients.
            ip -n $1 route add 10.88.8.0/21 via 10.88.0.2
            ip -n $1 addr add 10.90.0.$3/24 dev {{Link}}
            ip -n $1 link set {{Link}} up
            ip -n $1 link add sink type veth peer name sink-end
            ip -n $1 link set sink up
            ip -n $1 link set sink-end up
        }
        node {{Place("a")}} a 11
        node {{Place("b")}} b 12
        """;
}
