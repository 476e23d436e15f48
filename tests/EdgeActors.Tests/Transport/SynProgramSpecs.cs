using System.Buffers.Binary;
using System.Net;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Transport;

/// <summary>The program is run by an interpreter; the kernel runs it in <see cref="TransportContract"/>.</summary>
public sealed class SynProgramSpecs
{
    private const int Limit = SynProgram.MaxInstructions - SynProgram.FixedCost;

    private const int Sockets = 3;

    private readonly Random _random = new(19);

    [Fact]
    public void Without_networks_every_packet_passes()
    {
        var program = Drop([]);
        Assert.True(Passes(program, IPAddress.Loopback));
        Assert.True(Passes(program, IPAddress.IPv6Loopback));
    }

    [Fact]
    public void The_program_against_all_clients_drops_both_families()
    {
        Assert.False(Passes(SynProgram.DropAll(Sockets), IPAddress.Loopback));
        Assert.False(Passes(SynProgram.DropAll(Sockets), IPAddress.IPv6Loopback));
    }

    /// <summary>Linux's clients use even ports first.</summary>
    [Theory]
    [InlineData("203.0.113.8")]
    [InlineData("2001:db8::8")]
    public void Clients_are_distributed_over_all_listening_sockets(string source)
    {
        var program = SynProgram.Drop([Network("203.0.113.7"), Network("2001:db8::7")], Sockets);
        int Least(Func<int, uint> select) => Enumerable.Range(0, 3000).GroupBy(select).Where(static socket => socket.Key < Sockets)
            .Select(static socket => socket.Count()).Order().Take(Sockets).First();
        var address = IPAddress.Parse(source);
        var bytes = address.GetAddressBytes();
        Assert.InRange(Least(i => Select(program, address, (ushort)(1024 + 2 * i))), 900, 1000);
        Assert.InRange(Least(i => Select(program, new IPAddress([.. bytes[..^2], (byte)(i >> 8), (byte)i]), 5000)), 900, 1000);
        Assert.Equal(Select(program, address, 7), Select(program, address, 7));
    }

    [Theory]
    [InlineData("203.0.113.7", "203.0.113.7", "203.0.113.6 203.0.113.8 ::ffff:203.0.113.7 2001:db8::1")]
    [InlineData("203.0.113.0/24", "203.0.113.0 203.0.113.255", "203.0.112.255 203.0.114.0")]
    [InlineData("0.0.0.0/0", "0.0.0.0 255.255.255.255", "::1")]
    [InlineData("::/0", ":: ::1 ffff::1", "10.0.0.1")]
    [InlineData("2001:db8:0:1::/64", "2001:db8:0:1::9", "2001:db8:0:2::9 2001:db8::9 2001:db9:0:1::9")]
    [InlineData("2001:db8:0:4::/63", "2001:db8:0:4::9 2001:db8:0:5::9", "2001:db8:0:6::9 2001:db8:0:3::9")]
    [InlineData("2001:db8::/32", "2001:db8:ffff::9", "2001:db7:ffff::9")]
    [InlineData("2001:db8::7/128", "2001:db8::7", "2001:db8::8 2001:db8::1:0:7")]
    [InlineData("::/0 2001:db8::/64", "3000::1 2001:db8::1", "10.0.0.1")]
    [InlineData("10.0.0.0/8 10.1.2.3 10.1.2.3 192.0.2.0/25", "10.1.2.3 10.9.9.9 192.0.2.127", "192.0.2.128 11.0.0.0")]
    public void A_network_has_its_own_addresses_and_no_other(string networks, string dropped, string passed)
    {
        var program = Drop(networks.Split(' ').Select(Network));
        Assert.All(dropped.Split(' '), address => Assert.False(Passes(program, IPAddress.Parse(address)), address));
        Assert.All(passed.Split(' '), address => Assert.True(Passes(program, IPAddress.Parse(address)), address));
    }

    [Theory]
    [InlineData(32, 2)]
    [InlineData(24, 3)]
    public void As_many_IPv4_networks_as_their_costs_allow_fit(int bits, int cost)
    {
        var count = Limit / cost;
        Assert.InRange(count, 1000, SynProgram.MaxInstructions);
        var networks = Distinct(count, () => IPv4(bits));
        CheckAll(networks);
        // Neighbours have the densest tree.
        CheckAll([.. Enumerable.Range(0, count).Select(i => new Cidr(new AddressKey(0, 0xffff_c000_0000ul | ((ulong)(uint)i << (33 - bits))), 96 + bits))]);
        Assert.Throws<ArgumentException>(() => Drop(Distinct(SynProgram.MaxInstructions, () => IPv4(bits))));
    }

    [Theory]
    [InlineData(64)]
    [InlineData(56)]
    [InlineData(48)]
    [InlineData(128)]
    [InlineData(20)]
    public void As_many_IPv6_networks_as_their_costs_allow_fit(int bits)
    {
        Cidr IPv6() => new(new AddressKey((ulong)_random.NextInt64() << 1, (ulong)_random.NextInt64()).First(bits), bits);
        CheckAll(Distinct(Limit / SynProgram.CostOf(IPv6()), IPv6));
        // One prefix for all: the first word has a single entry.
        CheckAll(Distinct(Limit / SynProgram.CostOf(IPv6()), () => IPv6() is var any && bits > 32
            ? any with { First = any.First with { High = (any.First.High & uint.MaxValue) | 0x2001_0db8_0000_0000 } } : any));
    }

    [Fact]
    public void Both_families_and_all_lengths_together_fit_and_are_told_apart()
    {
        for (var round = 0; round < 20; round++)
        {
            var networks = new List<Cidr>();
            var cost = 0;
            while (true)
            {
                var bits = _random.Next(8, 129);
                var next = _random.Next(2) == 0 ? IPv4(_random.Next(8, 33))
                    : new Cidr(new AddressKey(0x2001_0db8_0000_0000ul | (uint)_random.Next(), (ulong)_random.NextInt64()).First(bits), bits);
                cost += SynProgram.CostOf(next);
                if (cost > Limit)
                    break;
                networks.Add(next);
            }
            CheckAll(networks);
        }
    }

    [Fact]
    public void Denied_addresses_are_the_networks_of_the_list()
    {
        Cidr[] networks = [Network("10.0.0.0/8"), Network("2001:db8::/32")];
        var list = new AccessList([new(networks[0], true), new(networks[1], true), new(Network("10.1.0.0/16"), false)], deniesUnlisted: false);
        var program = Drop(list.DeniedNetworks(100)!);
        Assert.False(Passes(program, IPAddress.Parse("10.0.0.1")));
        Assert.True(Passes(program, IPAddress.Parse("10.1.0.1")));
        Assert.False(Passes(program, IPAddress.Parse("10.2.0.1")));
        Assert.False(Passes(program, IPAddress.Parse("2001:db8::1")));
        Assert.True(Passes(program, IPAddress.Parse("2001:db9::1")));
        Assert.Null(list.DeniedNetworks(3));
        var allowed = new AccessList([new(networks[0], false)], deniesUnlisted: true);
        program = Drop(allowed.DeniedNetworks(200)!);
        Assert.True(Passes(program, IPAddress.Parse("10.0.0.1")));
        Assert.False(Passes(program, IPAddress.Parse("11.0.0.1")));
        Assert.False(Passes(program, IPAddress.Parse("9.255.255.255")));
        Assert.False(Passes(program, IPAddress.Parse("::1")));
    }

    private static void CheckAll(IReadOnlyList<Cidr> networks)
    {
        var program = Drop(networks);
        Assert.InRange(program.Instructions.Length, 1, SynProgram.MaxInstructions);
        var list = new AccessList([.. networks.Distinct().Select(static network => new AccessRule(network, true))], deniesUnlisted: false);
        foreach (var network in networks)
        {
            foreach (var bits in new[] { network.First.Bits, network.Last, network.First.Bits - 1, network.Last + 1 })
            {
                var key = new AddressKey((ulong)(bits >> 64), (ulong)bits);
                if (key.IsIPv4 == network.IsIPv4)
                    Assert.Equal(list.Denies(key), !Passes(program, key.ToAddress()));
            }
        }
    }

    private Cidr IPv4(int bits) => new(new AddressKey(0, 0xffff_0000_0000ul | (ulong)_random.NextInt64(1L << 32)).First(96 + bits), 96 + bits);

    private static List<Cidr> Distinct(int count, Func<Cidr> next)
    {
        var found = new HashSet<Cidr>();
        while (found.Count < count)
            found.Add(next());
        return [.. found];
    }

    private static Cidr Network(string text) => Cidr.TryParse(text, out var network, out var error) ? network : throw new ArgumentException(error);

    private static SynProgram Drop(IEnumerable<Cidr> networks) => SynProgram.Drop(networks, Sockets);

    private static bool Passes(SynProgram program, IPAddress source)
    {
        var selected = Select(program, source, 40_000);
        Assert.InRange(selected, 0u, (uint)Sockets);
        return selected < Sockets;
    }

    /// <summary>Runs the program on a SYN, whose IP header is at SKF_NET_OFF.</summary>
    private static uint Select(SynProgram program, IPAddress source, ushort port)
    {
        Span<byte> packet = stackalloc byte[44];
        var bytes = source.GetAddressBytes();
        var isV4 = bytes.Length == 4;
        packet[0] = isV4 ? (byte)0x45 : (byte)0x6f;
        bytes.CopyTo(packet[(isV4 ? 12 : 8)..]);
        BinaryPrimitives.WriteUInt16BigEndian(packet[(isV4 ? 20 : 40)..], port);
        var (a, x) = (0u, 0u);
        for (var at = 0; ; at++)
        {
            var (code, ifTrue, ifFalse, operand) = program.Instructions[at];
            switch (code)
            {
                case SynProgram.LoadByte:
                    a = packet[(int)(operand - SynProgram.IpHeader)];
                    break;
                case SynProgram.LoadHalf:
                    a = BinaryPrimitives.ReadUInt16BigEndian(packet[(int)(operand - SynProgram.IpHeader)..]);
                    break;
                case SynProgram.LoadWord:
                    a = BinaryPrimitives.ReadUInt32BigEndian(packet[(int)(operand - SynProgram.IpHeader)..]);
                    break;
                case SynProgram.And:
                    a &= operand;
                    break;
                case SynProgram.XorX:
                    a ^= x;
                    break;
                case SynProgram.Multiply:
                    a = unchecked(a * operand);
                    break;
                case SynProgram.ShiftRight:
                    a >>= (int)operand;
                    break;
                case SynProgram.Modulo:
                    a %= operand;
                    break;
                case SynProgram.ToX:
                    x = a;
                    break;
                case SynProgram.FromX:
                    a = x;
                    break;
                case SynProgram.Jump:
                    at += (int)operand;
                    break;
                case SynProgram.Return:
                    return operand;
                case SynProgram.ReturnA:
                    return a;
                default:
                    var holds = code switch
                    {
                        SynProgram.JumpIfEqual => a == operand,
                        SynProgram.JumpIfAbove => a > operand,
                        SynProgram.JumpIfAtLeast => a >= operand,
                        _ => throw new InvalidOperationException($"instruction {code:x}"),
                    };
                    at += holds ? ifTrue : ifFalse;
                    break;
            }
        }
    }
}
