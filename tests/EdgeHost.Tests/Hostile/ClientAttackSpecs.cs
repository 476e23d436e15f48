using System.Net.Sockets;
using EdgeActors.Tests.Protocol;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Hostile;

/// <summary>Attacks on a listener.</summary>
[Collection(Heavy.Name)]
public sealed class ClientAttackSpecs(UnderAttack edge, ITestOutputHelper output) : IClassFixture<UnderAttack>
{
    private const int PerSecond = 300;

    private static readonly byte[] s_hello = HelloBytes.ForName(UnderAttack.Other);

    [Fact]
    public Task Slow_hellos() => edge.Withstands(output, "first half of a hello, then nothing", attacker =>
        attacker.Repeat(PerSecond, _ => attacker.Open(edge.Attacked.Listener).Send(s_hello.AsSpan(0, s_hello.Length / 2))));

    [Fact]
    public Task A_byte_a_second() => edge.Withstands(output, "300 hellos, a byte a second", attacker =>
    {
        const int Clients = 300;
        var clients = new List<Socket>();
        attacker.Repeat(PerSecond, i =>
        {
            if (i < Clients)
                clients.Add(attacker.Open(edge.Attacked.Listener));
            clients[i % clients.Count].Send(s_hello.AsSpan(i / Clients, 1));
        });
    });

    [Theory]
    [InlineData("not TLS")]
    [InlineData("malformed")]
    [InlineData("too large")]
    public Task Hellos_without_meaning(string kind)
    {
        var hello = kind switch
        {
            "not TLS" => "GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(),
            "malformed" => HelloBytes.Record([1, 0, 0, 255, .. new byte[255]]),
            _ => HelloBytes.InRecordsOf(4096, HelloBytes.MessageOfSize(60_000)),
        };
        return edge.Withstands(
            output, $"hellos, {kind}", attacker => attacker.Repeat(PerSecond, _ => attacker.Open(edge.Attacked.Listener).Send(hello)));
    }

    [Fact]
    public Task Urgent_bytes() => edge.Withstands(output, "urgent bytes in hellos", attacker => attacker.Repeat(PerSecond, _ =>
    {
        var socket = attacker.Open(edge.Attacked.Listener);
        socket.Send(s_hello.AsSpan(0, 20));
        socket.Send([1], SocketFlags.OutOfBand);
        socket.Send(s_hello.AsSpan(20));
        socket.Send([1], SocketFlags.OutOfBand);
    }));

    [Fact]
    public Task Connections_that_end_at_once() => edge.Withstands(output, "connect and close", attacker =>
        attacker.Repeat(2 * PerSecond, _ => attacker.Open(edge.Attacked.Listener).Dispose()));

    [Fact]
    public async Task Resets()
    {
        var open = edge.Attacked.Descriptors;
        var hellos = new[] { s_hello, HelloBytes.ForName(UnderAttack.Good), [] };
        await edge.Withstands(
            output, "connect, hello to a server that refuses, to one that answers, or none, reset", attacker => attacker.Repeat(2 * PerSecond, i =>
        {
            var socket = attacker.Open(edge.Attacked.Listener);
            socket.Send(hellos[i % hellos.Length]);
            Attacker.Reset(socket);
        }));
        await Eventually.True(() => edge.Attacked.Descriptors <= open, () => $"{edge.Attacked.Descriptors} descriptors are open, {open} were before");
        await edge.Withstands(output, "after resets", attacker => attacker.Repeat(1, static _ => { }));
    }
}

/// <summary>Unfinished hellos up to the limit of connections, and more of them.</summary>
[Collection(Heavy.Name)]
public sealed class UnfinishedHelloSpecs(ITestOutputHelper output)
{
    private const int Limit = 10_000;

    /// <summary>A garbage collection, about one a second, copies what the clients hold: 6 ms, and more on a busy machine. Each delays more
    /// than one in a hundred good clients.</summary>
    [Fact]
    public async Task They_give_way_at_the_limit_of_connections()
    {
        const int AtOnce = 5000, PerSecond = 1000;
        const double Collection = 20;
        await using var edge = new UnderAttack([], $"limits {{ max-connections = {Limit}, max-peeks = {Limit} }}, listener-defaults.hello-timeout = 60s");
        await edge.InitializeAsync();
        await edge.Withstands(
            output, $"unfinished hellos at {Limit} connections",
            attacker =>
            {
                attacker.Repeat(AtOnce, Begin, Limit);
                attacker.Repeat(PerSecond, Begin);
                void Begin(int i) => attacker.Open(edge.Attacked.Listener).Send([0x16]);
            },
            max: Limit + 1000, more: Collection, begun: "PEEKS_FULL");
    }
    /// <summary>Some 70 connections: the attack replaces all of them four times a second.</summary>
    [RequiresToolFact("prlimit")]
    public async Task They_give_way_with_few_descriptors()
    {
        await using var edge = new UnderAttack(
            ["prlimit", "--nofile=1000:1000"], "http-redirect.max-connections = 64, admin.max-connections = 16");
        await edge.InitializeAsync();
        await edge.Withstands(output, "unfinished hellos with 1,000 descriptors", attacker =>
            attacker.Repeat(300, _ => attacker.Open(edge.Attacked.Listener).Send([0x16])), begun: "PEEKS_FULL");
    }
}
