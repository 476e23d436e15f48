using EdgeActors.Settings;

namespace EdgeActors.Transport;

/// <summary>struct sock_filter of linux/filter.h. Jumps count from the next instruction.</summary>
public readonly record struct BpfInstruction(ushort Code, byte IfTrue, byte IfFalse, uint Operand);

/// <summary>A classic BPF program that selects a socket of a <see cref="SynSink"/>'s group for each SYN: the first sink for clients of some
/// networks, otherwise a listening socket by a hash of the client's address and port. The ACK of a SYN cookie (tcp(7)) passes it, too, and
/// gets the same socket. Pure. Its collections contain classes: .NET has the code of those compiled, that for Edge's structs is compiled
/// only when a flood begins.</summary>
public sealed class SynProgram
{
    /// <summary>BPF_MAXINSNS of linux/bpf_common.h.</summary>
    public const int MaxInstructions = 4096;

    // linux/bpf_common.h: BPF_LD with B, H and W, BPF_ALU with AND, XOR|X, MUL, RSH and MOD, BPF_JMP with JA, JEQ, JGT and JGE, BPF_RET with K
    // and A, BPF_MISC with TAX and TXA.
    internal const ushort LoadByte = 0x30, LoadHalf = 0x28, LoadWord = 0x20, And = 0x54, XorX = 0xac, Multiply = 0x24, ShiftRight = 0x74,
        Modulo = 0x94, Jump = 0x05, JumpIfEqual = 0x15, JumpIfAbove = 0x25, JumpIfAtLeast = 0x35, Return = 0x06, ReturnA = 0x16,
        ToX = 0x07, FromX = 0x87;

    /// <summary>2 to the 32nd divided by the golden ratio (Knuth, The Art of Computer Programming, 6.4). Linux's clients use even ports
    /// first.</summary>
    private const uint HashFactor = 0x9e3779b1;

    /// <summary>SKF_NET_OFF of linux/filter.h: offsets from the IP header, of which the first four bits are the version. The source address
    /// is at 12 in IPv4 (RFC 791), at 8 in IPv6 (RFC 8200), the source port behind the header. With options, a part of them is hashed in its
    /// place.</summary>
    internal const uint IpHeader = unchecked((uint)-0x100000);

    private const uint SourceOfIPv4 = 12, SourceOfIPv6 = 8, PortOfIPv4 = 20, PortOfIPv6 = 40, VersionBits = 0xf0, Version4 = 0x40;

    /// <summary>Entries that are compared one after the other. A tree down to single entries needs twice the instructions.</summary>
    private const int Linear = 12;

    private SynProgram(BpfInstruction[] instructions) => Instructions = instructions;

    /// <summary>Drops every SYN.</summary>
    /// <param name="sockets">Listening sockets of the group.</param>
    public static SynProgram DropAll(int sockets) => new([new(Return, 0, 0, (uint)sockets)]);

    public BpfInstruction[] Instructions { get; }

    /// <summary>Upper bound of the instructions for one network; <see cref="FixedCost"/> comes once. The number of IPv4 addresses at the
    /// limit is about 2,000, of IPv6 /64 networks about 670.</summary>
    public static int CostOf(in Cidr network)
    {
        // A word is compared once if it is fixed or free, twice if it is a range. Each compared word but the first is a block of its own.
        var (bits, first) = network.IsIPv4 ? (network.Bits - AddressKey.MappedBits, 2) : (network.Bits, 3);
        var words = Math.Max((bits + WordBits - 1) / WordBits, 1);
        return first + (bits > 0 && bits % WordBits == 0 ? 0 : 1) + 3 * (words - 1);
    }

    public const int FixedCost = 48;

    private const int WordBits = 32;

    /// <param name="networks">In any order, nested or repeated. Their costs must not exceed the limit.</param>
    /// <param name="sockets">Listening sockets of the group.</param>
    /// <exception cref="ArgumentException">They exceed it.</exception>
    public static SynProgram Drop(IEnumerable<Cidr> networks, int sockets)
    {
        // Separate, since a network around ::ffff:0:0/96 does not apply to IPv4 clients.
        List<Entry> all = [], v4 = [], v6 = [];
        foreach (var network in networks)
            all.Add(new Entry(network));
        all.Sort(Entry.Compare);
        foreach (var entry in all)
        {
            var outermost = entry.IsIPv4 ? v4 : v6;
            if (outermost.Count == 0 || !outermost[^1].Covers(entry))
                outermost.Add(entry);
        }
        var code = new ReverseCode((uint)sockets);
        var sixth = code.Words(v6, 0, static word => SourceOfIPv6 + (uint)word * WordBytes);
        sixth = code.Hash(sixth, SourceOfIPv6 + IPv4Word * WordBytes, PortOfIPv6);
        var fourth = code.Words(v4, IPv4Word, static _ => SourceOfIPv4);
        fourth = code.Hash(fourth, SourceOfIPv4, PortOfIPv4);
        // An IPv4 client of a dual-mode socket has an IPv4 header.
        code.Branch(JumpIfEqual, Version4, fourth, sixth);
        code.Add(And, VersionBits);
        code.Add(LoadByte, IpHeader);
        return new SynProgram(code.ToProgram());
    }

    private const int IPv4Word = 3, WordBytes = sizeof(uint);

    private sealed class Entry(in Cidr network)
    {
        private readonly AddressKey _first = network.First, _last = LastOf(network);
        private readonly int _bits = network.Bits;

        public bool IsIPv4 { get; } = network.IsIPv4;

        public uint First(int word) => WordOf(_first, word);

        public uint Last(int word) => WordOf(_last, word);

        /// <summary>Whether later words matter.</summary>
        public bool GoesOn(int word) => _bits > WordBits * (word + 1);

        /// <summary>Of two networks, the one that sorts first contains the other unless it ends before the other's end.</summary>
        public bool Covers(Entry later) => !IsBelow(_last, later._last);

        /// <summary>By the first address, networks before those inside of them.</summary>
        public static int Compare(Entry one, Entry other) =>
            IsBelow(one._first, other._first) ? -1 : IsBelow(other._first, one._first) ? 1 : one._bits.CompareTo(other._bits);

        private static bool IsBelow(in AddressKey one, in AddressKey other) =>
            one.High != other.High ? one.High < other.High : one.Low < other.Low;

        private static AddressKey LastOf(in Cidr network) => new(
            network.First.High | (network.Bits >= 64 ? 0 : ulong.MaxValue >> network.Bits),
            network.First.Low | (network.Bits >= AddressKey.IPv6Bits ? 0 : ulong.MaxValue >> Math.Max(network.Bits - 64, 0)));

        private static uint WordOf(in AddressKey key, int word) =>
            (uint)((word < 2 ? key.High : key.Low) >> (word % 2 == 0 ? WordBits : 0));
    }

    /// <summary>Clients of one word's value, or of a range.</summary>
    /// <param name="Then">The position of the search in the next word; null: all are dropped.</param>
    private sealed record Step(uint First, uint Last, int? Then);

    /// <summary>Code from its end to its start, so that the targets of jumps are known. Positions count from the end.</summary>
    /// <param name="sockets">Listening sockets: the number of the first sink.</param>
    private sealed class ReverseCode(uint sockets)
    {
        /// <summary>Of the product's 32 bits, the upper half depends on all bits of address and port.</summary>
        private const uint HashBits = 16;

        /// <summary>The reach of a conditional jump.</summary>
        private const int Reach = byte.MaxValue;

        /// <summary>Returns are repeated early enough for the longest run of instructions without new ones.</summary>
        private const int LongestRun = 4 * (Linear + 1);

        private readonly BpfInstruction[] _code = new BpfInstruction[MaxInstructions];
        private int _drop = -Reach;

        public int Accept { get; private set; } = -Reach;

        private int Next { get; set; }

        public void Add(ushort code, uint operand, int ifTrue = 0, int ifFalse = 0)
        {
            if (Next == MaxInstructions)
                throw new ArgumentException($"more than {MaxInstructions} instructions");
            _code[Next++] = new BpfInstruction(code, checked((byte)ifTrue), checked((byte)ifFalse), operand);
        }

        public BpfInstruction[] ToProgram()
        {
            var program = new BpfInstruction[Next];
            for (var i = 0; i < program.Length; i++)
                program[i] = _code[Next - 1 - i];
            return program;
        }

        public void EnsureReturns()
        {
            if (Next - Math.Min(_drop, Accept) + LongestRun < Reach)
                return;
            Add(Return, sockets);
            _drop = Next - 1;
            Add(ReturnA, 0);
            Add(FromX, 0);
            Accept = Next - 1;
        }

        /// <summary>The number of a listening socket into X, then on to <paramref name="then"/>.</summary>
        /// <returns>The position of its first instruction.</returns>
        public int Hash(int then, uint address, uint port)
        {
            if (then != Next - 1)
                Add(Jump, (uint)(Next - 1 - then));
            Add(ToX, 0);
            Add(Modulo, sockets);
            Add(ShiftRight, HashBits);
            Add(Multiply, HashFactor);
            Add(XorX, 0);
            Add(LoadWord, IpHeader + address);
            Add(ToX, 0);
            Add(LoadHalf, IpHeader + port);
            return Next - 1;
        }

        /// <param name="then">Null: the instruction that was added last.</param>
        public void Branch(ushort code, uint operand, int? then, int? otherwise)
        {
            // Far targets are reached by unconditional jumps behind this instruction.
            var (far, farFalse) = (IsFar(then, 2), IsFar(otherwise, 2));
            var fallthrough = Next - 1;
            int Near(int? target) => Next - 1 - (target ?? fallthrough);
            if (farFalse)
            {
                Add(Jump, (uint)(Next - 1 - otherwise!.Value));
                otherwise = Next - 1;
            }
            if (far)
            {
                Add(Jump, (uint)(Next - 1 - then!.Value));
                then = Next - 1;
            }
            Add(code, operand, Near(then), Near(otherwise));
        }

        private bool IsFar(int? target, int margin) => target is { } position && Next - 1 - position + margin > Reach;

        /// <summary>A search of one word among entries that agree in the words before it.</summary>
        /// <param name="entries">Ascending, none inside of another.</param>
        /// <returns>The position of its first instruction.</returns>
        public int Words(List<Entry> entries, int word, Func<int, uint> offset)
        {
            var steps = new List<Step>();
            for (var end = entries.Count; end > 0;)
            {
                var from = end - 1;
                while (from > 0 && entries[from - 1].First(word) == entries[from].First(word))
                    from--;
                var (entry, same) = (entries[from], entries.GetRange(from, end - from));
                steps.Add(new Step(entry.First(word), entry.Last(word), entry.GoesOn(word) ? Words(same, word + 1, offset) : null));
                end = from;
            }
            steps.Reverse();
            EnsureReturns();
            if (steps.Count == 0)
                return Accept;
            Search(steps, 0, steps.Count);
            Add(LoadWord, IpHeader + offset(word));
            return Next - 1;
        }

        private void Search(List<Step> steps, int from, int to)
        {
            if (to - from > Linear)
            {
                var middle = (from + to) / 2;
                Search(steps, middle, to);
                var upper = Next - 1;
                Search(steps, from, middle);
                Branch(JumpIfAtLeast, steps[middle].First, upper, null);
                return;
            }
            EnsureReturns();
            int? otherwise = Accept;
            for (var i = to - 1; i >= from; i--)
            {
                var (first, last, then) = (steps[i].First, steps[i].Last, steps[i].Then);
                if (first == last)
                {
                    Branch(JumpIfEqual, first, then ?? _drop, otherwise);
                }
                else
                {
                    // Ascending order: an address below this range is in none of the following ones.
                    Branch(JumpIfAbove, last, otherwise, _drop);
                    Branch(JumpIfAtLeast, first, null, Accept);
                }
                otherwise = null;
            }
        }
    }
}
