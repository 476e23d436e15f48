using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace EdgeActors.Transport;

/// <summary>Sockets shared between two processes by SCM_RIGHTS (unix(7)). A socket, and a listener's accept queue, live as long as one
/// descriptor is open.</summary>
public static unsafe class SharedSockets
{
    private static readonly TimeSpan SendTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Descriptors of one message at most (SCM_MAX_FD).</summary>
    public const int MaxDescriptors = 253;

    /// <summary>The epoll descriptors of this process. .NET opens its own with the first socket, for good.</summary>
    private static readonly Lazy<int[]> s_epolls = new(static () =>
    [
        .. new DirectoryInfo("/proc/self/fd").EnumerateFileSystemInfos()
            .Where(static fd => fd.LinkTarget == "anon_inode:[eventpoll]")
            .Select(static fd => int.Parse(fd.Name, CultureInfo.InvariantCulture)),
    ]);

    private static readonly int ControlSize = Align(sizeof(Native.ControlHeader)) + Align(sizeof(int) * MaxDescriptors);

    public static bool IsSupported => OperatingSystem.IsLinux();

    /// <summary>Duplicates the descriptor. Must be closed with <see cref="Release"/>.</summary>
    /// <exception cref="SocketException">EMFILE.</exception>
    public static SafeFileHandle Duplicate(SafeHandle socket)
    {
        using var held = new HeldDescriptor(socket);
        return Duplicate(held.Fd);
    }

    /// <summary>Call before closing a .NET socket that is open in another process, too. On close, .NET disconnects a socket in use, for all
    /// processes, unless the descriptor lacks FD_CLOEXEC. A program started in between inherits the descriptor.</summary>
    /// <param name="skip">False: it is not closed after all.</param>
    public static void SkipDisconnectOnClose(Socket socket, bool skip = true)
    {
        ArgumentNullException.ThrowIfNull(socket);
        if (!IsSupported)
            return;
        try
        {
            using var held = new HeldDescriptor(socket.SafeHandle);
            _ = Native.FileControl(held.Fd, Native.FSetDescriptorFlags, skip ? 0 : Native.FdCloseOnExec);
        }
        catch (ObjectDisposedException)
        {
            // Closed by its owner.
        }
    }

    /// <summary>
    /// Sets SO_REUSEPORT on listening sockets, so that an overlapping address can be bound. The kernel checks the option when the second
    /// socket is bound (inet_csk_bind_conflict).
    /// </summary>
    public static bool ShareAddress(IListenSocket socket) =>
        Set(socket, ShareAddress);

    /// <summary>The same as <see cref="ShareAddress(IListenSocket)"/>.</summary>
    public static bool ShareAddress(SafeFileHandle socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        return ShareAddress((int)socket.DangerousGetHandle());
    }

    private static bool ShareAddress(int fd) => Native.SetOption(fd, Native.SolSocket, Native.SoReusePort, 1) == 0;

    /// <summary>A second listen(2) changes the backlog of a listening socket.</summary>
    public static bool SetBacklog(IListenSocket socket, int backlog) => Set(socket, fd => Native.Listen(fd, backlog) == 0);

    /// <summary>Uses duplicated descriptors, so that transports need no support for it.</summary>
    /// <returns>True if the kernel accepted it on all sockets.</returns>
    internal static bool Set(IListenSocket socket, Func<int, bool> set)
    {
        ArgumentNullException.ThrowIfNull(socket);
        try
        {
            var taken = true;
            foreach (var handle in socket.Duplicate())
            {
                taken &= set((int)handle.DangerousGetHandle());
                Release(handle);
            }
            return taken;
        }
        catch (SocketException)
        {
            // EMFILE.
            return false;
        }
    }

    internal static SafeFileHandle Duplicate(int fd)
    {
        var copy = Native.FileControl(fd, Native.FDuplicateCloExec, 0);
        return copy >= 0 ? new SafeFileHandle(copy, ownsHandle: true) : throw new SocketException((int)Errno.ToSocketError(Errno.Last));
    }

    /// <summary>Closes only the descriptor. .NET sets SO_LINGER to zero when it closes a socket during an accept; the other process's
    /// accepted sockets would inherit it and close with a reset, so it is cleared here.</summary>
    public static void Release(SafeFileHandle socket)
    {
        if (socket.IsInvalid || socket.IsClosed)
            return;
        ClearLinger((int)socket.DangerousGetHandle());
        socket.Dispose();
    }

    /// <summary>Whether the descriptor is a listening socket of this address. The peer may have sent any descriptor.</summary>
    public static bool IsListening(SafeFileHandle socket, IPEndPoint address)
    {
        var fd = (int)socket.DangerousGetHandle();
        int listens = 0, length = sizeof(int);
        return Native.GetSockOpt(fd, Native.SolSocket, Native.SoAcceptConn, &listens, &length) == 0 && listens != 0
            && SockAddr.LocalOf(fd) is { } local
                && local.Address.Equals(address.Address)
                && (address.Port == 0 || address.Port == local.Port);
    }

    /// <summary>Takes the descriptor as non-blocking, for an event loop; the handle is empty afterwards.</summary>
    internal static int TakeNonBlocking(SafeFileHandle socket)
    {
        var fd = (int)socket.DangerousGetHandle();
        socket.SetHandleAsInvalid();
        _ = Native.FileControl(fd, Native.FSetFlags, Native.FileControl(fd, Native.FGetFlags, 0) | Native.OpenNonBlock);
        return fd;
    }

    /// <summary>Takes the descriptor as a .NET socket, which owns it; the handle is empty afterwards.</summary>
    public static Socket ToSocket(SafeFileHandle socket)
    {
        var fd = socket.DangerousGetHandle();
        socket.SetHandleAsInvalid();
        return new Socket(new SafeSocketHandle(fd, ownsHandle: true));
    }

    /// <summary>Whether the descriptor is a stream socket that does not listen.</summary>
    internal static bool IsStream(int fd)
    {
        int type = 0, listens = 0, length = sizeof(int);
        return Native.GetSockOpt(fd, Native.SolSocket, Native.SoType, &type, &length) == 0 && type == Native.SockStream
            && Native.GetSockOpt(fd, Native.SolSocket, Native.SoAcceptConn, &listens, &length) == 0 && listens == 0;
    }

    /// <summary>Closes a .NET socket, which aborts its pending calls, and keeps the descriptor. .NET leaves the registration in its epoll
    /// to close(2), which does not remove it while a copy is open; a later descriptor of the same number would fail with EEXIST.</summary>
    /// <param name="copy">From <see cref="Duplicate(SafeHandle)"/>; empty afterwards.</param>
    internal static int Detach(Socket socket, SafeFileHandle copy)
    {
        var e = stackalloc byte[16];
        foreach (var epoll in s_epolls.Value)
            _ = Native.EpollControl(epoll, Native.EpollDelete, (int)socket.Handle, e);
        SkipDisconnectOnClose(socket);
        socket.Dispose();
        ClearLinger((int)copy.DangerousGetHandle());
        return TakeNonBlocking(copy);
    }

    /// <summary>Sends a message with descriptors attached. Blocks briefly if the peer's buffer is full.</summary>
    /// <param name="to">A connected Unix socket of type SOCK_SEQPACKET.</param>
    /// <param name="fds">At most <see cref="MaxDescriptors"/>.</param>
    /// <exception cref="SocketException">The peer has closed.</exception>
    public static void Send(Socket to, ReadOnlySpan<byte> message, params ReadOnlySpan<int> fds)
    {
        ArgumentNullException.ThrowIfNull(to);
        while (TrySend(to, message, fds, flags: 0) is var error and not 0)
        {
            // .NET may have set O_NONBLOCK.
            if (error != Errno.Again || !to.Poll(SendTimeout, SelectMode.SelectWrite))
                throw new SocketException((int)Errno.ToSocketError(error));
        }
    }

    /// <summary>As <see cref="Send"/>, without waiting.</summary>
    /// <returns>The errno; 0: the message is sent.</returns>
    internal static int TrySend(Socket to, ReadOnlySpan<byte> message, ReadOnlySpan<int> fds, int flags = Native.MsgDontWait)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(fds.Length, MaxDescriptors);
        var control = stackalloc byte[ControlSize];
        *(Native.ControlHeader*)control = new Native.ControlHeader
        {
            Length = Align(sizeof(Native.ControlHeader)) + (sizeof(int) * fds.Length), Level = Native.SolSocket, Type = Native.ScmRights,
        };
        fds.CopyTo(new Span<int>(control + Align(sizeof(Native.ControlHeader)), fds.Length));
        fixed (byte* bytes = message)
        {
            var vector = new Native.IoVector { Base = bytes, Length = message.Length };
            var header = new Native.MessageHeader
            {
                Vectors = &vector,
                VectorCount = 1,
                Control = fds.IsEmpty ? null : control,
                ControlLength = fds.IsEmpty ? 0 : Align(sizeof(Native.ControlHeader)) + Align(sizeof(int) * fds.Length),
            };
            return Native.SendMessage((int)to.Handle, &header, flags | Native.MsgNoSignal) < 0 ? Errno.Last : 0;
        }
    }

    /// <summary>Receives one message and its descriptors.</summary>
    /// <param name="fds">Room for <see cref="MaxDescriptors"/>. They are closed on exec; the caller owns them.</param>
    /// <param name="count">Descriptors received; fewer than were sent if this process may not open more.</param>
    /// <returns>Bytes of the message; 0: the peer has closed.</returns>
    /// <exception cref="SocketException">Timeout, or the peer has closed.</exception>
    public static int Receive(Socket from, Span<byte> message, TimeSpan within, Span<int> fds, out int count)
    {
        ArgumentNullException.ThrowIfNull(from);
        count = 0;
        if (!from.Poll(within, SelectMode.SelectRead))
            throw new SocketException((int)SocketError.TimedOut);
        var control = stackalloc byte[ControlSize];
        fixed (byte* bytes = message)
        {
            var vector = new Native.IoVector { Base = bytes, Length = message.Length };
            var header = new Native.MessageHeader { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = ControlSize };
            var got = Native.ReceiveMessage((int)from.Handle, &header, Native.MsgCloseOnExec | Native.MsgDontWait);
            if (got < 0)
                throw new SocketException((int)Errno.ToSocketError(Errno.Last));
            var attached = (Native.ControlHeader*)control;
            if (header.ControlLength >= sizeof(Native.ControlHeader) && attached->Type == Native.ScmRights)
            {
                count = (int)(attached->Length - Align(sizeof(Native.ControlHeader))) / sizeof(int);
                new ReadOnlySpan<int>(control + Align(sizeof(Native.ControlHeader)), count).CopyTo(fds);
            }
            return (int)got;
        }
    }

    /// <summary>An anonymous file in memory (memfd_create(2)), for data of any length beside a message.</summary>
    /// <exception cref="SocketException">No file descriptor is left.</exception>
    internal static SafeFileHandle MemoryFile()
    {
        var fd = Native.MemoryFile("edge-handover", Native.MemoryFileCloExec);
        return fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw new SocketException((int)Errno.ToSocketError(Errno.Last));
    }

    /// <summary>Both ends of a SOCK_SEQPACKET pair, closed on exec.</summary>
    /// <exception cref="SocketException">No file descriptor is left.</exception>
    internal static (SafeFileHandle One, SafeFileHandle Other) Pair()
    {
        var ends = stackalloc int[2];
        return Native.SocketPair(Native.AfUnix, Native.SockSeqPacket | Native.SockCloExec, 0, ends) == 0
            ? (new SafeFileHandle(ends[0], ownsHandle: true), new SafeFileHandle(ends[1], ownsHandle: true))
            : throw new SocketException((int)Errno.ToSocketError(Errno.Last));
    }

    /// <summary>The descriptor goes through the next execve(2).</summary>
    internal static int Inheritable(SafeFileHandle handle)
    {
        var fd = (int)handle.DangerousGetHandle();
        _ = Native.FileControl(fd, Native.FSetDescriptorFlags, 0);
        return fd;
    }

    /// <summary>A descriptor that came through execve(2); it goes through no further one.</summary>
    internal static SafeFileHandle Inherited(int fd)
    {
        _ = Native.FileControl(fd, Native.FSetDescriptorFlags, Native.FdCloseOnExec);
        return new SafeFileHandle(fd, ownsHandle: true);
    }

    /// <summary>Closes received descriptors.</summary>
    public static void Close(params ReadOnlySpan<int> fds)
    {
        foreach (var fd in fds)
            _ = Native.Close(fd);
    }

    private static void ClearLinger(int fd)
    {
        var off = stackalloc int[2] { 0, 0 };
        _ = Native.SetSockOpt(fd, Native.SolSocket, Native.SoLinger, off, 2 * sizeof(int));
    }

    private static int Align(int size) => (size + sizeof(nint) - 1) & -sizeof(nint);
}

/// <summary>The descriptor of a socket that another thread may close: it stays open until <see cref="Dispose"/>.</summary>
internal readonly ref struct HeldDescriptor : IDisposable
{
    private readonly SafeHandle _handle;

    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public HeldDescriptor(SafeHandle socket)
    {
        _handle = socket;
        var held = false;
        _handle.DangerousAddRef(ref held);
    }

    public int Fd => (int)_handle.DangerousGetHandle();

    public void Dispose() => _handle.DangerousRelease();
}
