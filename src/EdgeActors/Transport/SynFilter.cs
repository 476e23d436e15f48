using System.Runtime.InteropServices;

namespace EdgeActors.Transport;

/// <summary>Drops SYNs at listening sockets; clients retransmit them after a second (RFC 6298, section 2). Handshakes in progress continue.
/// Uses a socket filter (SO_ATTACH_FILTER, socket(7)). Newer kernels allow it on TCP sockets only with CAP_NET_ADMIN (EPERM with 6.18.44).
/// A socket has one filter, so each socket's owner sets the only one.</summary>
public static unsafe class SynFilter
{
    /// <summary>SK_MEMINFO_DROPS of linux/sock_diag.h.</summary>
    private const int DropsOfMemoryInfo = 8;

    public static bool IsSupported => OperatingSystem.IsLinux();

    /// <summary>Whether the kernel accepts a filter from this process.</summary>
    public static bool IsPermitted { get; } = IsSupported && Probe();

    /// <summary>Replaces the filter of a listening socket.</summary>
    /// <param name="program">Null: none.</param>
    /// <returns>True if the kernel accepted the filter on all sockets. It refuses programs beyond net.core.optmem_max.</returns>
    public static bool Set(IListenSocket socket, SynProgram? program)
    {
        ArgumentNullException.ThrowIfNull(socket);
        socket.IsFiltered = program is not null;
        return SharedSockets.Set(socket, fd => Set(fd, program));
    }

    /// <summary>As <see cref="Set(IListenSocket, SynProgram?)"/>.</summary>
    public static bool Set(SafeHandle listening, SynProgram? program)
    {
        ArgumentNullException.ThrowIfNull(listening);
        var held = false;
        try
        {
            listening.DangerousAddRef(ref held);
            return Set((int)listening.DangerousGetHandle(), program);
        }
        finally
        {
            if (held)
                listening.DangerousRelease();
        }
    }

    /// <summary>Packets that the kernel has dropped at the listening socket, for whatever reason.</summary>
    public static long DropsOf(IListenSocket socket)
    {
        var drops = 0L;
        SharedSockets.Set(socket, fd =>
        {
            var values = stackalloc uint[DropsOfMemoryInfo + 1];
            var length = (DropsOfMemoryInfo + 1) * sizeof(uint);
            if (Native.GetSockOpt(fd, Native.SolSocket, Native.SoMemInfo, values, &length) == 0)
                drops += values[DropsOfMemoryInfo];
            return true;
        });
        return drops;
    }

    /// <summary>Detaches what an accepted socket has inherited: it would keep the program in memory until it closes.</summary>
    internal static void Detach(int fd) => _ = Native.SetOption(fd, Native.SolSocket, Native.SoDetachFilter, 0);

    private static bool Probe()
    {
        var fd = Native.Socket(Native.AfInet, Native.SockStream | Native.SockCloExec, 0);
        if (fd < 0)
            return false;
        var taken = Attach(fd, SynProgram.DropAll);
        _ = Native.Close(fd);
        return taken;
    }

    private static bool Set(int fd, SynProgram? program)
    {
        if (program is null)
            return Native.SetOption(fd, Native.SolSocket, Native.SoDetachFilter, 0) == 0 || Errno.Last == Errno.NoEntry;
        if (Attach(fd, program))
            return true;
        // Both programs count until the old one is replaced.
        Detach(fd);
        return Attach(fd, program);
    }

    private static bool Attach(int fd, SynProgram program)
    {
        fixed (BpfInstruction* instructions = program.Instructions)
        {
            var filter = new Program { Length = (ushort)program.Instructions.Length, Instructions = instructions };
            return Native.SetSockOpt(fd, Native.SolSocket, Native.SoAttachFilter, &filter, sizeof(Program)) == 0;
        }
    }

    /// <summary>struct sock_fprog.</summary>
    private struct Program
    {
        public ushort Length;
        public BpfInstruction* Instructions;
    }
}
