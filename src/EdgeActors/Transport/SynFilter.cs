using System.Runtime.InteropServices;

namespace EdgeActors.Transport;

/// <summary>Drops the SYNs of a listening socket; clients retransmit them after a second (RFC 6298, section 2). Handshakes in progress
/// continue. Uses a socket filter (SO_ATTACH_FILTER, socket(7)), which needs no privilege.</summary>
public static unsafe class SynFilter
{
    /// <summary>BPF_LD|BPF_B|BPF_ABS, BPF_JMP|BPF_JSET|BPF_K and BPF_RET|BPF_K of linux/bpf_common.h.</summary>
    private const ushort LoadByte = 0x30, JumpIfSet = 0x45, Return = 0x06;

    /// <summary>Offset of the flags in a TCP segment, where the filter starts (RFC 9293, section 3.1), and the SYN flag.</summary>
    private const uint Flags = 13, Syn = 0x02;

    public static bool IsSupported => OperatingSystem.IsLinux();

    /// <returns>True if the kernel accepted the filter on all sockets.</returns>
    public static bool Set(IListenSocket socket, bool on) => SharedSockets.Set(socket, fd => Set(fd, on));

    /// <returns>True if the kernel accepted the filter.</returns>
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
