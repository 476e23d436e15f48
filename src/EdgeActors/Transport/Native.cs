using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using EdgeActors.Settings;

namespace EdgeActors.Transport;

/// <summary>All calls into the C library, with blittable signatures. On a negative result see <see cref="Errno.Last"/>.</summary>
internal static unsafe partial class Native
{
    public const int AfUnspecified = 0, AfUnix = 1, AfInet = 2, AfInet6 = 10, AfNetlink = 16;
    public const int NetlinkRoute = 0, Ipv4AddressGroup = 0x10, Ipv6AddressGroup = 0x100;
    public const int SockStream = 1, SockRaw = 3, SockNonBlock = 0x800, SockCloExec = 0x80000;
    public const int SolSocket = 1, SolIp = 0, SolTcp = 6, SolIpV6 = 41;
    public const int SoReuseAddr = 2, SoError = 4, SoReceiveBuffer = 8, SoKeepAlive = 9, SoLinger = 13, SoReusePort = 15, SoPeerCred = 17,
        SoAttachFilter = 26, SoDetachFilter = 27, SoIncomingCpu = 49;
    public const int IpTtl = 2, IpBindAddressNoPort = 24, IpV6UnicastHops = 16, IpV6Only = 26;
    public const int TcpNoDelay = 1, TcpKeepIdle = 4, TcpKeepInterval = 5, TcpKeepCount = 6, TcpDeferAccept = 9, TcpQuickAck = 12,
        TcpRepair = 19;
    public const int ShutWrite = 1;
    public const int MsgNoSignal = 0x4000, MsgDontWait = 0x40, MsgTruncate = 0x20, MsgCloseOnExec = 0x40000000, ScmRights = 1;
    public const int EpollCloExec = 0x80000, EpollAdd = 1, EpollDelete = 2, EpollModify = 3;
    public const uint EpollIn = 0x1, EpollOut = 0x4, EpollErr = 0x8, EpollHup = 0x10, EpollReadHup = 0x2000, EpollEdge = 1u << 31;
    public const int EventFdNonBlock = 0x800, EventFdCloExec = 0x80000;
    public const int OpenNonBlock = 0x800, OpenCloExec = 0x80000;
    public const int FSetDescriptorFlags = 2, FGetFlags = 3, FSetFlags = 4, FDuplicateCloExec = 1030;
    public const int FSetPipeSize = 1031, FGetPipeSize = 1032;
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

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int FileControl(int fd, int command, int argument);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static partial int IoControl(int fd, nuint request, int* value);

    [LibraryImport("libc", EntryPoint = "splice", SetLastError = true)]
    public static partial nint Splice(int from, long* fromOffset, int to, long* toOffset, nint length, uint flags);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity", SetLastError = true)]
    public static partial int SetAffinity(int thread, nint maskLength, ulong* mask);

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    public static partial int GetLimit(int resource, out ResourceLimit limit);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    public static partial int SetLimit(int resource, in ResourceLimit limit);

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
    public const int Interrupted = 4, Again = 11, BadFile = 9, NoMemory = 12, AccessDenied = 13, Invalid = 22, FileTableFull = 23, BrokenPipe = 32,
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

/// <summary>
/// struct sockaddr_in and sockaddr_in6 as bytes.
/// <code>
///   sockaddr_in   family(2, host order) port(2, big endian) address(4) zero(8)                  = 16
///   sockaddr_in6  family(2, host order) port(2, big endian) flow(4) address(16) scope(4, host)  = 28
/// </code>
/// </summary>
internal static unsafe class SockAddr
{
    public const int MaxLength = 28;

    public static int Write(Span<byte> to, IPEndPoint endPoint)
    {
        to = to[..MaxLength];
        to.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(to[2..], (ushort)endPoint.Port);
        if (endPoint.Address.AddressFamily == AddressFamily.InterNetwork)
        {
            BitConverter.TryWriteBytes(to, (ushort)Native.AfInet);
            endPoint.Address.TryWriteBytes(to[4..], out _);
            return 16;
        }
        BitConverter.TryWriteBytes(to, (ushort)Native.AfInet6);
        endPoint.Address.TryWriteBytes(to[8..], out _);
        BitConverter.TryWriteBytes(to[24..], (uint)endPoint.Address.ScopeId);
        return MaxLength;
    }

    public static int Bind(int fd, IPEndPoint endPoint)
    {
        var address = stackalloc byte[MaxLength];
        return Native.Bind(fd, address, Write(new Span<byte>(address, MaxLength), endPoint));
    }

    public static int Connect(int fd, EndPoint endPoint)
    {
        if (endPoint is UnixEndPoint unix)
        {
            fixed (byte* name = unix.Raw.Buffer.Span)
                return Native.Connect(fd, name, unix.Raw.Size);
        }
        var address = stackalloc byte[MaxLength];
        return Native.Connect(fd, address, Write(new Span<byte>(address, MaxLength), (IPEndPoint)endPoint));
    }

    /// <summary>The domain for socket(2).</summary>
    public static int DomainOf(EndPoint endPoint) => endPoint.AddressFamily switch
    {
        AddressFamily.InterNetwork => Native.AfInet,
        AddressFamily.InterNetworkV6 => Native.AfInet6,
        AddressFamily.Unix => Native.AfUnix,
        _ => Native.AfUnspecified,
    };

    /// <summary>getsockname(2); null: no address left.</summary>
    public static IPEndPoint? LocalOf(int fd)
    {
        var address = stackalloc byte[MaxLength];
        var length = MaxLength;
        return Native.GetSockName(fd, address, &length) == 0 ? Read(new ReadOnlySpan<byte>(address, MaxLength)) : null;
    }

    /// <summary>IPv4 peers of a dual-mode socket (::ffff:a.b.c.d) become IPv4.</summary>
    public static IPEndPoint Read(ReadOnlySpan<byte> from)
    {
        var port = BinaryPrimitives.ReadUInt16BigEndian(from[2..]);
        if (BitConverter.ToUInt16(from) == Native.AfInet)
            return new IPEndPoint(new IPAddress(from.Slice(4, 4)), port);
        var address = from.Slice(8, 16);
        if (address[..10].IndexOfAnyExcept((byte)0) < 0 && address[10] == 0xff && address[11] == 0xff)
            return new IPEndPoint(new IPAddress(address[12..]), port);
        return new IPEndPoint(new IPAddress(address, BitConverter.ToUInt32(from[24..])), port);
    }
}
