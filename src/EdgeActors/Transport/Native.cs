using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace EdgeActors.Transport;

/// <summary>All calls into the C library, with blittable signatures. On a negative result see <see cref="Errno.Last"/>.</summary>
internal static unsafe partial class Native
{
    public const int AfUnspecified = 0, AfUnix = 1, AfInet = 2, AfInet6 = 10, AfNetlink = 16;
    public const int NetlinkRoute = 0, Ipv4AddressGroup = 0x10, Ipv6AddressGroup = 0x100;
    public const int SockStream = 1, SockRaw = 3, SockSeqPacket = 5, SockNonBlock = 0x800, SockCloExec = 0x80000;
    public const int SolSocket = 1, SolIp = 0, SolTcp = 6, SolIpV6 = 41;
    public const int SoReuseAddr = 2, SoType = 3, SoError = 4, SoReceiveBuffer = 8, SoKeepAlive = 9, SoLinger = 13, SoReusePort = 15,
        SoPeerCred = 17, SoReceiveLowWater = 18, SoAcceptConn = 30, SoIncomingCpu = 49, SoAttachReusePortCbpf = 51, SoMemInfo = 55,
        SoCookie = 57, SoDetachReusePortBpf = 68, SoBufferLock = 72;
    public const int LockReceiveBuffer = 2;
    private const int MemInfoCount = 9;
    public const int IpTtl = 2, IpMinTtl = 21, IpBindAddressNoPort = 24, IpV6UnicastHops = 16, IpV6Only = 26, IpV6MinHopCount = 73;
    public const int TcpNoDelay = 1, TcpKeepIdle = 4, TcpKeepInterval = 5, TcpKeepCount = 6, TcpDeferAccept = 9, TcpInfo = 11,
        TcpQuickAck = 12, TcpRepair = 19, TcpNotSentLowWater = 25;
    public const int ShutWrite = 1, ShutBoth = 2, ScmRights = 1;
    public const int MsgNoSignal = 0x4000, MsgDontWait = 0x40, MsgTruncate = 0x20, MsgMore = 0x8000, MsgCloseOnExec = 0x40000000;
    public const int EpollCloExec = 0x80000, EpollAdd = 1, EpollDelete = 2, EpollModify = 3;
    public const uint EpollIn = 0x1, EpollUrgent = 0x2, EpollOut = 0x4, EpollErr = 0x8, EpollHup = 0x10, EpollReadHup = 0x2000, EpollEdge = 1u << 31;
    public const int EventFdNonBlock = 0x800, EventFdCloExec = 0x80000;
    public const int OpenNonBlock = 0x800, OpenCloExec = 0x80000;
    public const int FGetDescriptorFlags = 1, FdCloseOnExec = 1, FSetDescriptorFlags = 2, FGetFlags = 3, FSetFlags = 4, FDuplicateCloExec = 1030;
    public const int FSetPipeSize = 1031, FGetPipeSize = 1032;
    public const uint MemoryFileCloExec = 1;
    public const uint SpliceMove = 1, SpliceNonBlock = 2;
    public const int RlimitNoFile = 7;

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    public static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    public static partial int EpollControl(int epoll, int operation, int fd, byte* e);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    public static partial int EpollWait(int epoll, byte* events, int max, int timeoutMs);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventFd(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    public static partial int Socket(int domain, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    public static partial int Bind(int fd, byte* address, int length);

    [LibraryImport("libc", EntryPoint = "listen", SetLastError = true)]
    public static partial int Listen(int fd, int backlog);

    [LibraryImport("libc", EntryPoint = "accept4", SetLastError = true)]
    public static partial int Accept(int fd, byte* address, int* length, int flags);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    public static partial int Connect(int fd, byte* address, int length);

    [LibraryImport("libc", EntryPoint = "getsockname", SetLastError = true)]
    public static partial int GetSockName(int fd, byte* address, int* length);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    public static partial int SetSockOpt(int fd, int level, int name, void* value, int length);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    public static partial int GetSockOpt(int fd, int level, int name, void* value, int* length);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    public static partial nint Receive(int fd, byte* buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    public static partial nint Send(int fd, byte* buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    public static partial nint SendMessage(int fd, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    public static partial nint ReceiveMessage(int fd, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "shutdown", SetLastError = true)]
    public static partial int Shutdown(int fd, int how);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int fd, byte* buffer, nint length);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int fd, byte* buffer, nint length);

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    public static partial int Pipe(int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MemoryFile(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    public static partial int SocketPair(int domain, int type, int protocol, int* ends);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int FileControl(int fd, int command, int argument);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static partial int IoControl(int fd, nuint request, int* value);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    public static partial int Duplicate(int fd, int number);

    /// <param name="arguments">UTF-8 strings, a null pointer at the end.</param>
    [LibraryImport("libc", EntryPoint = "execv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Execute(string path, nint[] arguments);

    [LibraryImport("libc", EntryPoint = "splice", SetLastError = true)]
    public static partial nint Splice(int from, long* fromOffset, int to, long* toOffset, nint length, uint flags);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    public static partial int GetLimit(int resource, out ResourceLimit limit);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    public static partial int SetLimit(int resource, in ResourceLimit limit);

    [LibraryImport("libc", EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Access(string path, int mode);

    /// <summary>Whether this user may create files in the folder: W_OK and X_OK.</summary>
    public static bool MayWrite(string folder) => Access(folder, 2 | 1) == 0;

    /// <summary>glibc only; musl throws EntryPointNotFoundException.</summary>
    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    public static partial int TrimHeap(nuint pad);

    public static int SetOption(int fd, int level, int name, int value) => SetSockOpt(fd, level, name, &value, sizeof(int));

    /// <summary>SO_ERROR: returns and clears the pending error; 0: none.</summary>
    public static int TakeError(int fd)
    {
        int error = 0, length = sizeof(int);
        return GetSockOpt(fd, SolSocket, SoError, &error, &length) < 0 ? Errno.Last : error;
    }

    /// <summary>The shortest round trip so far in microseconds, measured by the handshake (tcpi_min_rtt of tcp_info).</summary>
    public static uint RoundTrip(int fd)
    {
        const int Offset = 148, Size = Offset + sizeof(uint);
        var info = stackalloc byte[Size];
        var length = Size;
        return GetSockOpt(fd, SolTcp, TcpInfo, info, &length) < 0 || length < Size ? uint.MaxValue : *(uint*)(info + Offset);
    }

    /// <summary>Kernel memory of a socket: received, queued for sending, and allocated ahead.</summary>
    public static long SocketMemory(int fd)
    {
        var values = stackalloc uint[MemInfoCount];
        return MemInfo(fd, values) ? (long)values[0] + values[4] + values[5] : 0;
    }

    /// <summary>Packets that the socket has dropped so far. Null: unknown.</summary>
    public static uint? SocketDrops(int fd)
    {
        var values = stackalloc uint[MemInfoCount];
        return MemInfo(fd, values) ? values[MemInfoCount - 1] : null;
    }

    /// <summary>SK_MEMINFO_* of linux/sock_diag.h: rmem_alloc, rcvbuf, wmem_alloc, sndbuf, fwd_alloc, wmem_queued, optmem, backlog,
    /// drops.</summary>
    private static bool MemInfo(int fd, uint* values)
    {
        var length = MemInfoCount * sizeof(uint);
        return GetSockOpt(fd, SolSocket, SoMemInfo, values, &length) == 0;
    }

    /// <summary>FIONREAD: received bytes that were not read.</summary>
    public static int Unread(int fd) => Count(fd, 0x541B);

    /// <summary>SIOCOUTQ (tcp(7)): bytes that the peer has not acknowledged.</summary>
    public static int Unsent(int fd) => Count(fd, 0x5411);

    private static int Count(int fd, nuint request)
    {
        var count = 0;
        return IoControl(fd, request, &count) < 0 ? 0 : count;
    }

    /// <summary>SO_LINGER with zero time: close(2) sends a reset.</summary>
    public static void LingerZero(int fd)
    {
        var linger = stackalloc int[2] { 1, 0 };
        _ = SetSockOpt(fd, SolSocket, SoLinger, linger, 2 * sizeof(int));
    }

    /// <summary>Aborts a TCP connection at once, also if another process has the socket open: connect(2) to AF_UNSPEC sends a
    /// reset.</summary>
    public static bool Disconnect(int fd)
    {
        var unspecified = stackalloc byte[16];
        new Span<byte>(unspecified, 16).Clear();
        return Connect(fd, unspecified, 16) == 0;
    }

    /// <summary>Whether a TCP socket is in state CLOSE: the first byte of struct tcp_info.</summary>
    public static bool IsClosed(int fd)
    {
        const byte Close = 7;
        byte state = 0;
        var length = 1;
        return GetSockOpt(fd, SolTcp, TcpInfo, &state, &length) == 0 && state == Close;
    }

    /// <summary>struct iovec.</summary>
    public struct IoVector
    {
        public byte* Base;
        public nint Length;
    }

    /// <summary>struct msghdr.</summary>
    public struct MessageHeader
    {
        public nint Name;
        public int NameLength;
        public IoVector* Vectors;
        public nint VectorCount;
        public byte* Control;
        public nint ControlLength;
        public int Flags;
    }

    /// <summary>struct cmsghdr.</summary>
    public struct ControlHeader
    {
        public nint Length;
        public int Level;
        public int Type;
    }

    /// <summary>struct rlimit.</summary>
    public struct ResourceLimit
    {
        public ulong Soft;
        public ulong Hard;
    }
}

/// <summary>Linux errno values, grouped by handling.</summary>
internal static class Errno
{
    public const int NoEntry = 2, Interrupted = 4, Again = 11, BadFile = 9, NoMemory = 12, AccessDenied = 13, Invalid = 22,
        FileTableFull = 23, BrokenPipe = 32,
        TooManyFiles = 24, NoSys = 38, Protocol = 71, NotSocket = 88, ProtocolOption = 92, NotSupported = 95, FamilyNotSupported = 97,
        AddressInUse = 98, AddressNotAvailable = 99, NetworkDown = 100, NetworkUnreachable = 101, ConnectionAborted = 103,
        ConnectionReset = 104, NoBuffers = 105, TimedOut = 110, Refused = 111, HostDown = 112, HostUnreachable = 113, InProgress = 115;

    /// <summary>errno of the last system call on this thread.</summary>
    public static int Last => Marshal.GetLastPInvokeError();

    /// <summary>splice(2) is unsupported for these descriptors: copy instead.</summary>
    public static bool IsSpliceUnsupported(int error) => error is Invalid or NoSys;

    /// <summary>Maps the errno of a failed connect.</summary>
    public static CloseReason ToCloseReason(int error) => CloseReasons.OfConnect(ToSocketError(error));

    /// <summary>The error of connect(2) on a Unix socket. EACCES counts as refused: the file's mode excludes Edge's user.</summary>
    public static CloseReason ToCloseReasonOfUnix(int error) => error == AccessDenied ? CloseReason.ConnectRefused : ToCloseReason(error);

    public static SocketError ToSocketError(int error) => error switch
    {
        Interrupted => SocketError.Interrupted,
        AccessDenied => SocketError.AccessDenied,
        BadFile or Invalid => SocketError.InvalidArgument,
        NotSocket => SocketError.NotSocket,
        FileTableFull or TooManyFiles => SocketError.TooManyOpenSockets,
        NoBuffers or NoMemory => SocketError.NoBufferSpaceAvailable,
        Protocol or ProtocolOption => SocketError.ProtocolOption,
        NotSupported => SocketError.OperationNotSupported,
        FamilyNotSupported => SocketError.AddressFamilyNotSupported,
        AddressInUse => SocketError.AddressAlreadyInUse,
        AddressNotAvailable => SocketError.AddressNotAvailable,
        NetworkDown => SocketError.NetworkDown,
        NetworkUnreachable => SocketError.NetworkUnreachable,
        ConnectionAborted => SocketError.ConnectionAborted,
        ConnectionReset => SocketError.ConnectionReset,
        Refused => SocketError.ConnectionRefused,
        BrokenPipe => SocketError.Shutdown,
        TimedOut => SocketError.TimedOut,
        HostDown => SocketError.HostDown,
        HostUnreachable => SocketError.HostUnreachable,
        _ => SocketError.SocketError,
    };
}
