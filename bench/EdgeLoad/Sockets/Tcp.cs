using System.Buffers.Binary;
using System.ComponentModel;
using System.Net;
using System.Runtime.InteropServices;

namespace EdgeLoad.Sockets;

/// <summary>IPv4 sockets that never block. A call that would answers <see cref="WouldBlock"/>; one whose peer is gone, <see cref="Broken"/>.</summary>
internal static unsafe class Tcp
{
    public const int WouldBlock = -1;
    public const int Broken = -2;

    /// <summary>One socket receives or sends this much in one go at most.</summary>
    public const int Chunk = 1 << 20;

    private const int AddressLength = 16;
    private const int Sources = 200;

    private static uint _connects;

    /// <summary>On 127.0.0.1.</summary>
    /// <param name="port">0: the kernel chooses.</param>
    /// <exception cref="Win32Exception">It cannot be had.</exception>
    public static (int Fd, int Port) Listen(int port)
    {
        var fd = Check(Native.Socket(Native.Inet, Native.Stream | Native.NonBlock | Native.CloseOnExec, 0));
        SetOption(fd, Native.SolSocket, Native.ReuseAddress);
        var address = stackalloc byte[AddressLength];
        Write(address, 0x7f000001, port);
        Check(Native.Bind(fd, address, AddressLength));
        Check(Native.Listen(fd, 4096));
        var length = AddressLength;
        Check(Native.GetSockName(fd, address, &length));
        return (fd, BinaryPrimitives.ReadUInt16BigEndian(new Span<byte>(address + 2, 2)));
    }

    /// <returns>The new socket, or <see cref="WouldBlock"/>.</returns>
    public static int Accept(int listener)
    {
        var fd = Native.Accept(listener, null, null, Native.NonBlock | Native.CloseOnExec);
        if (fd < 0)
            return WouldBlock;
        SetOption(fd, Native.SolTcp, Native.NoDelay);
        return fd;
    }

    /// <summary>Begins to connect. To a loopback address it comes from one of many source addresses in turn, so that ports do not run out.</summary>
    /// <param name="source">0: the kernel's choice.</param>
    /// <returns>The socket, or <see cref="Broken"/>.</returns>
    public static int Connect(IPEndPoint to, uint source = 0)
    {
        var fd = Check(Native.Socket(Native.Inet, Native.Stream | Native.NonBlock | Native.CloseOnExec, 0));
        SetOption(fd, Native.SolTcp, Native.NoDelay);
        var address = stackalloc byte[AddressLength];
        if (source == 0 && IPAddress.IsLoopback(to.Address))
            source = 0x7f000002 + _connects++ % Sources;
        if (source != 0)
        {
            SetOption(fd, Native.SolIp, Native.BindAddressNoPort);
            Write(address, source, 0);
            Check(Native.Bind(fd, address, AddressLength));
        }
        Write(address, Number(to.Address), to.Port);
        if (Native.Connect(fd, address, AddressLength) < 0 && Marshal.GetLastPInvokeError() != Native.InProgress)
        {
            _ = Native.Close(fd);
            return Broken;
        }
        return fd;
    }

    public static uint Number(IPAddress address)
    {
        Span<byte> ip = stackalloc byte[4];
        address.TryWriteBytes(ip, out _);
        return BinaryPrimitives.ReadUInt32BigEndian(ip);
    }

    /// <returns>Bytes sent, <see cref="WouldBlock"/> or <see cref="Broken"/>.</returns>
    public static int Send(int fd, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* first = bytes)
            return Result(Native.Send(fd, first, bytes.Length, Native.NoSignal));
    }

    /// <returns>Bytes received, 0 at the peer's FIN, <see cref="WouldBlock"/> or <see cref="Broken"/>.</returns>
    public static int Receive(int fd, Span<byte> bytes)
    {
        fixed (byte* first = bytes)
            return Result(Native.Receive(fd, first, bytes.Length, 0));
    }

    /// <summary>As <see cref="Receive"/>, but the kernel throws the bytes away (tcp(7), MSG_TRUNC): nobody has to copy what nobody reads.</summary>
    public static int Discard(int fd) => Result(Native.Receive(fd, null, Chunk, Native.Truncate));

    private static int Result(nint count)
    {
        if (count >= 0)
            return (int)count;
        return Marshal.GetLastPInvokeError() is Native.WouldBlock or Native.Interrupted ? WouldBlock : Broken;
    }

    private static void SetOption(int fd, int level, int name)
    {
        var on = 1;
        Check(Native.SetSockOpt(fd, level, name, &on, sizeof(int)));
    }

    // sockaddr_in: family in the machine's order, port and address in the network's.
    private static void Write(byte* address, uint ip, int port)
    {
        var bytes = new Span<byte>(address, AddressLength);
        bytes.Clear();
        MemoryMarshal.Write(bytes, (ushort)Native.Inet);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], (ushort)port);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[4..], ip);
    }

    private static int Check(int result) => result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError());
}
