using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace EdgeActors.Transport;

/// <summary>
/// Drops the SYNs of a listening socket for a while; a client's TCP sends its SYN again a second later (RFC 6298, section 2). Handshakes
/// that have
/// begun go on. Uses a kernel filter on the socket (SO_ATTACH_FILTER, socket(7)), which needs no privilege.
/// </summary>
public static unsafe class SynFilter
{
    /// <summary>BPF_LD|BPF_B|BPF_ABS, BPF_JMP|BPF_JSET|BPF_K and BPF_RET|BPF_K of linux/bpf_common.h.</summary>
    private const ushort LoadByte = 0x30, JumpIfSet = 0x45, Return = 0x06;

    /// <summary>Where the flags stand in a segment, which is what a filter of a TCP socket sees (RFC 9293, section 3.1), and SYN among
    /// them.</summary>
    private const uint Flags = 13, Syn = 0x02;

    /// <summary>Whether this system knows such filters.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux();

    /// <summary>By descriptors of its own, so that a transport need not know of it.</summary>
    /// <returns>Whether the kernel has taken it, for all of its sockets.</returns>
    public static bool Set(IListenSocket socket, bool on)
    {
        try
        {
            var taken = true;
            foreach (var handle in socket.Duplicate())
            {
                taken &= Set(handle, on);
                SharedSockets.Release(handle);
            }
            return taken;
        }
        catch (SocketException)
        {
            // EMFILE: there is no descriptor left.
            return false;
        }
    }

    /// <returns>Whether the kernel has taken it.</returns>
    public static bool Set(SafeHandle listening, bool on)
    {
        var held = false;
        try
        {
            listening.DangerousAddRef(ref held);
            return Set((int)listening.DangerousGetHandle(), on);
        }
        finally
        {
            if (held)
                listening.DangerousRelease();
        }
    }

    private static bool Set(int fd, bool on)
    {
        if (!on)
            return Native.SetOption(fd, Native.SolSocket, Native.SoDetachFilter, 0) == 0;
        var program = stackalloc Instruction[]
        {
            new(LoadByte, 0, 0, Flags),
            new(JumpIfSet, 0, 1, Syn),
            new(Return, 0, 0, 0),
            new(Return, 0, 0, uint.MaxValue),
        };
        var filter = new Program { Length = 4, Instructions = program };
        return Native.SetSockOpt(fd, Native.SolSocket, Native.SoAttachFilter, &filter, sizeof(Program)) == 0;
    }

    /// <summary>struct sock_filter.</summary>
    private readonly record struct Instruction(ushort Code, byte IfTrue, byte IfFalse, uint Operand);

    /// <summary>struct sock_fprog.</summary>
    private struct Program
    {
        public ushort Length;
        public Instruction* Instructions;
    }
}
