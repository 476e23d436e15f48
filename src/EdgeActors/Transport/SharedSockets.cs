using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace EdgeActors.Transport;

/// <summary>Listening sockets shared between two processes by SCM_RIGHTS (unix(7)). The socket and its accept queue live as long as one
/// descriptor is open.</summary>
public static unsafe class SharedSockets
{
    private static readonly TimeSpan SendTimeout = TimeSpan.FromSeconds(5);

    private static readonly int ControlSize = Align(sizeof(Native.ControlHeader)) + Align(sizeof(int));

    public static bool IsSupported => OperatingSystem.IsLinux();

    /// <summary>Duplicates the descriptor. Must be closed with <see cref="Release"/>.</summary>
    /// <exception cref="SocketException">EMFILE.</exception>
    public static SafeFileHandle Duplicate(SafeHandle socket)
    {
        var taken = false;
        try
        {
            socket.DangerousAddRef(ref taken);
            // .NET disconnects a socket in use before closing it, which would end listening in both processes. It does not if the
            // descriptor lacks FD_CLOEXEC.
            _ = Native.FileControl((int)socket.DangerousGetHandle(), Native.FSetDescriptorFlags, 0);
            return Duplicate((int)socket.DangerousGetHandle());
        }
        finally
        {
            if (taken)
                socket.DangerousRelease();
        }
    }

    /// <summary>
    /// Sets SO_REUSEPORT on listening sockets, so that an overlapping address can be bound. The kernel checks the option when the second
    /// socket is bound (inet_csk_bind_conflict).
    /// </summary>
    public static bool ShareAddress(IListenSocket socket) =>
        Set(socket, static fd => Native.SetOption(fd, Native.SolSocket, Native.SoReusePort, 1) == 0);

    /// <summary>The same as <see cref="ShareAddress(IListenSocket)"/>.</summary>
    public static bool ShareAddress(SafeFileHandle socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        return Native.SetOption((int)socket.DangerousGetHandle(), Native.SolSocket, Native.SoReusePort, 1) == 0;
    }

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
        var off = stackalloc int[2] { 0, 0 };
        _ = Native.SetSockOpt((int)socket.DangerousGetHandle(), Native.SolSocket, Native.SoLinger, off, 2 * sizeof(int));
        socket.Dispose();
    }

    /// <summary>Whether the descriptor is a listening socket of this address. The peer may have sent any descriptor.</summary>
    public static bool IsListening(SafeFileHandle socket, IPEndPoint address)
    {
        var fd = (int)socket.DangerousGetHandle();
        int listens = 0, length = sizeof(int);
        return Native.GetSockOpt(fd, Native.SolSocket, Native.SoAcceptConn, &listens, &length) == 0 && listens != 0
            && SockAddr.LocalOf(fd) is { } local && local.Address.Equals(address.Address) && (address.Port == 0 || address.Port == local.Port);
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

    /// <summary>Sends a message with a socket attached. Blocks briefly if the peer's buffer is full.</summary>
    /// <param name="to">A connected Unix socket of type SOCK_SEQPACKET.</param>
    /// <exception cref="SocketException">The peer has closed.</exception>
    public static void Send(Socket to, ReadOnlySpan<byte> message, SafeFileHandle socket)
    {
        var control = stackalloc byte[ControlSize];
        *(Native.ControlHeader*)control = new Native.ControlHeader
        {
            Length = Align(sizeof(Native.ControlHeader)) + sizeof(int), Level = Native.SolSocket, Type = Native.ScmRights,
        };
        *(int*)(control + Align(sizeof(Native.ControlHeader))) = (int)socket.DangerousGetHandle();
        fixed (byte* bytes = message)
        {
            var vector = new Native.IoVector { Base = bytes, Length = message.Length };
            var header = new Native.MessageHeader { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = ControlSize };
            while (Native.SendMessage((int)to.Handle, &header, Native.MsgNoSignal) < 0)
            {
                // .NET may have set O_NONBLOCK.
                if (Errno.Last != Errno.Again || !to.Poll(SendTimeout, SelectMode.SelectWrite))
                    throw new SocketException((int)Errno.ToSocketError(Errno.Last));
            }
        }
    }

    /// <summary>Receives one message and its attached socket, if any.</summary>
    /// <returns>Bytes of the message; 0: the peer has closed.</returns>
    /// <exception cref="SocketException">Timeout, or the peer has closed.</exception>
    public static int Receive(Socket from, Span<byte> message, TimeSpan within, out SafeFileHandle? socket)
    {
        socket = null;
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
            if (header.ControlLength >= sizeof(Native.ControlHeader) && ((Native.ControlHeader*)control)->Type == Native.ScmRights)
                socket = new SafeFileHandle(*(int*)(control + Align(sizeof(Native.ControlHeader))), ownsHandle: true);
            return (int)got;
        }
    }

    private static int Align(int size) => (size + sizeof(nint) - 1) & -sizeof(nint);
}
