using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using EdgeActors.Config;
using EdgeActors.Listening;
using EdgeActors.Settings;
using EdgeActors.Tests;
using EdgeActors.Tests.Protocol;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.EndToEnd;

/// <summary>Listeners change their names and addresses while clients connect.</summary>
[Collection(Heavy.Name)]
public sealed class ListenerChangeSpecs
{
    private const int ASecond = 200, Changes = 6;

    /// <summary>P and Q are ports. Clients use the addresses of <c>Remaining</c>, which both arrangements have.</summary>
    private static readonly (string Name, string One, string Other, string Remaining)[] s_changes =
    [
        ("rename", "a = 127.0.0.1:P", "b = 127.0.0.1:P", "127.0.0.1:P"),
        ("swap", "a = 127.0.0.1:P; b = 127.0.0.1:Q", "a = 127.0.0.1:Q; b = 127.0.0.1:P", "127.0.0.1:P 127.0.0.1:Q"),
        ("split and merge by port", "a = 127.0.0.1:P 127.0.0.1:Q", "a = 127.0.0.1:Q; b = 127.0.0.1:P", "127.0.0.1:P 127.0.0.1:Q"),
        ("widen to every IPv4 address and narrow", "a = 127.0.0.1:P", "a = 0.0.0.0:P", "127.0.0.1:P"),
        ("widen IPv4 to every address and narrow", "a = 0.0.0.0:P", "a = *:P", "127.0.0.1:P"),
        ("narrow every address to IPv6 and widen", "a = *:P", "a = [::]:P", "[::1]:P"),
        ("widen IPv6 to every address and narrow", "a = [::]:P", "a = *:P", "[::1]:P"),
        ("widen an IPv6 address to every one and narrow", "a = [::1]:P", "a = *:P", "[::1]:P"),
        ("split and merge by family", "a = *:P", "a = 0.0.0.0:P; b = [::]:P", "127.0.0.1:P [::1]:P"),
        ("rename and widen at once", "a = 127.0.0.1:P; b = [::1]:P", "c = *:P", "127.0.0.1:P [::1]:P"),
        ("narrow and exchange names", "a = 0.0.0.0:P; b = [::]:P", "b = 127.0.0.1:P; a = [::1]:P", "127.0.0.1:P [::1]:P"),
    ];

    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach (var (name, _, _, _) in s_changes)
        {
            cases.Add(name, "reactors = 1");
            cases.Add(name, "reactors = 2");
            cases.Add(name, "kind = sockets");
        }
        return cases;
    }

    [LinuxTheory]
    [MemberData(nameof(Cases))]
    public async Task No_client_of_a_remaining_address_is_refused(string name, string transport)
    {
        using var server = ReloadSpecs.Named('A');
        var (_, one, other, remaining) = s_changes.Single(change => change.Name == name);
        var (p, q) = (FreePort(), FreePort());
        string Ports(string text) => text.Replace("P", $"{p}", StringComparison.Ordinal).Replace("Q", $"{q}", StringComparison.Ordinal);
        EdgeSettings Settings(string listeners) => Read(Config(Ports(listeners), server.EndPoint, transport));
        await using var edge = await EdgeUnderTest.Start(Config(Ports(one), server.EndPoint, transport));
        IPEndPoint[] addresses = [.. Ports(remaining).Split(' ').Select(IPEndPoint.Parse)];

        using var enough = new CancellationTokenSource();
        var faults = new ConcurrentQueue<string>();
        var load = Task.Run(async () =>
        {
            var clients = new List<Task>();
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / ASecond));
            while (!enough.IsCancellationRequested && await timer.WaitForNextTickAsync(CancellationToken.None))
                clients.Add(Served(addresses[clients.Count % addresses.Length], faults));
            await Task.WhenAll(clients);
            return clients.Count;
        });
        for (var i = 1; i <= Changes; i++)
        {
            await Task.Delay(100);
            await edge.Node.Reload(Settings(i % 2 == 1 ? other : one));
        }
        await enough.CancelAsync();
        Assert.True(await load >= Changes * 10, "there were too few clients");
        Assert.True(faults.IsEmpty, string.Join('\n', faults.Take(20)));
        foreach (var address in addresses)
            await Served(address, faults);
        Assert.Empty(faults);
    }

    [LinuxTheory]
    [InlineData("reactors = 2")]
    [InlineData("kind = sockets")]
    public async Task An_address_that_is_no_longer_in_the_configuration_is_refused(string transport)
    {
        using var server = ReloadSpecs.Named('A');
        var port = FreePort();
        await using var edge = await EdgeUnderTest.Start(Config($"a = *:{port}", server.EndPoint, transport));
        async Task<string> Asked(string address)
        {
            var faults = new ConcurrentQueue<string>();
            await Served(IPEndPoint.Parse($"{address}:{port}"), faults);
            return faults.TryDequeue(out var fault) ? fault : "served";
        }
        (string, bool, bool)[] arrangements =
            [("a = 0.0.0.0:P", true, false), ("a = *:P", true, true), ("b = [::]:P", false, true), ("a = 127.0.0.2:P", false, false)];
        foreach (var (listeners, ipv4, ipv6) in arrangements)
        {
            var text = listeners.Replace("P", $"{port}", StringComparison.Ordinal);
            var changes = (await edge.Node.Reload(Read(Config(text, server.EndPoint, transport)))).Changes;
            var report = $"*:{port} was replaced by [::]:{port}: clients that connected within 250 ms were delayed by one second";
            Assert.Equal(listeners == "b = [::]:P", changes.Contains(report));
            Assert.Equal((listeners, ipv4), (listeners, await Asked("127.0.0.1") == "served"));
            Assert.Equal((listeners, ipv6), (listeners, await Asked("[::1]") == "served"));
        }
    }

    [Fact]
    public async Task An_address_of_another_endpoint_of_this_process_is_free_after_a_restart_only()
    {
        using var server = ReloadSpecs.Named('A');
        var (plain, listener) = (Loopback.NextEndPoint(), Loopback.NextEndPoint());
        var config = Config($"a = {listener}", server.EndPoint, "kind = auto");
        await using var edge = await EdgeUnderTest.Start($"{config}\nedge.http-redirect.bind = \"{plain}\"");
        var next = Read(Config($"a = {listener}; b = {plain}", server.EndPoint, "kind = auto"));
        var e = await Assert.ThrowsAsync<BindException>(() => edge.Node.Reload(next));
        Assert.Equal(
            $"listener b cannot listen on {plain}: http-redirect.bind holds {plain} until a restart; use another address, or restart",
            e.Message);
    }

    private static EdgeSettings Read(string text) => EdgeSettingsReader.ReadText(text, "test", _ => null).Settings!;

    /// <param name="listener">A name and its addresses: <c>a = 127.0.0.1:1 127.0.0.1:2</c>.</param>
    private static string Listener(string listener)
    {
        var (name, addresses) = (listener.Split(" = ")[0], listener.Split(" = ")[1].Split(' '));
        return $"{name} {{ bind = [{string.Join(", ", addresses.Select(static address => $"\"{address}\""))}] }}";
    }

    private static string Config(string listeners, IPEndPoint server, string transport) => $$"""
        edge {
          listeners { {{string.Join(", ", listeners.Split("; ").Select(Listener))}} }
          listener-defaults.rate-limit = off
          routes { "a.test" = a }
          backends { a { servers = ["{{server}}"], proxy-protocol = off, health.enabled = off } }
          transport { {{transport}} }
        }
        """;

    private static async Task Served(IPEndPoint address, ConcurrentQueue<string> faults)
    {
        using var soon = new CancellationTokenSource(Eventually.Deadline);
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(address, soon.Token);
            await socket.SendAsync(HelloBytes.ForName("a.test"), soon.Token);
            if (await ReloadSpecs.Read(socket, soon.Token) is not 'A' and var said)
                faults.Enqueue($"{address} said '{said}'");
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            faults.Enqueue($"{address}: {e.Message}");
        }
    }

    /// <summary>A listener on every address of this machine.</summary>
    private static int FreePort()
    {
        using var probe = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
        probe.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }
}
