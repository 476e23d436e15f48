using System.Runtime.InteropServices;

namespace EdgeLoad.Sockets;

/// <summary>
/// Linux sockets without anything in between: what a load costs is not to be what a proxy is measured by. All signatures are blittable; a
/// negative result means: see <see cref="Marshal.GetLastPInvokeError"/>.
/// </summary>
internal static unsafe partial class Native
{
    public const int Stream = 1, NonBlock = 0x800, CloseOnExec = 0x80000, Inet = 2;
    public const int SolSocket = 1, ReuseAddress = 2, SolIp = 0, BindAddressNoPort = 24, SolTcp = 6, NoDelay = 1;
    public const int NoSignal = 0x4000, Truncate = 0x20;
    public const int EpollAdd = 1;
    public const uint EpollIn = 0x1, EpollOut = 0x4, EpollReadHup = 0x2000, EpollEdge = 1u << 31;
    public const int WouldBlock = 11, InProgress = 115, Interrupted = 4;
    public const int ClockTicks = 2;
    public const int Terminate = 15;

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    public static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    public static partial int EpollControl(int epoll, int operation, int fd, byte* e);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    public static partial int EpollWait(int epoll, byte* events, int max, int timeoutMs);

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

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    public static partial nint Receive(int fd, byte* buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    public static partial nint Send(int fd, byte* buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "sysconf", SetLastError = true)]
    public static partial nint SysConf(int name);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int process, int signal);

    /// <returns>0, or an error number.</returns>
    [LibraryImport("libc", EntryPoint = "clock_getcpuclockid")]
    public static partial int CpuClockOf(int process, out int clock);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    public static partial int GetTime(int clock, out TimeSpec time);

    /// <summary>struct timespec.</summary>
    public struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
