using System.Net;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace EdgeActors.Transport;

/// <summary>
/// Drops SYNs of some clients, who retransmit them after a second (RFC 6298, section 2). Handshakes in progress continue. Needs no
/// capability, unlike a filter on the listening sockets (SO_ATTACH_FILTER fails with EPERM on TCP sockets in Linux 6.18).
/// The listening sockets of an address are a group (SO_REUSEPORT, socket(7)), of which a program selects one for each SYN:
/// <code>
///   SYN --program--> 0 .. n-1: listening sockets
///                    n ..:     sinks, which accept no packet with a TTL below 255 (IP_MINTTL, ip(7))
/// </code>
/// The kernel numbers the sockets as they join, and gives the number of a closed one to the last. So sinks join after the listening
/// sockets and close before them. There are n sinks, so that n is a sink until the last listening socket has closed.
/// A client of the same link can send a TTL of 255; of such clients, each sink accepts one, because its queue has room for one.
/// </summary>
public sealed unsafe class SynSink : IDisposable
{
    private const int HighestTtl = 255;

    private readonly List<int> _sinks = [];
    private readonly uint[] _taken;
    private readonly int _sockets;

    private SynSink(int sockets) => (_sockets, _taken) = (sockets, new uint[sockets]);

    public static bool IsSupported => OperatingSystem.IsLinux();

    /// <summary>Packets that the sinks have dropped since the last call.</summary>
    public long TakeDrops()
    {
        var drops = 0L;
        for (var i = 0; i < _sinks.Count; i++)
        {
            if (Native.SocketDrops(_sinks[i]) is not { } all)
                continue;
            drops += all - _taken[i];
            _taken[i] = all;
        }
        return drops;
    }

    /// <param name="program">For as many listening sockets.</param>
    /// <returns>Null: the kernel refuses the program, which is beyond net.core.optmem_max.</returns>
    /// <exception cref="SocketException">EMFILE; EACCES: the address may not be bound any more.</exception>
    public static SynSink? Open(IListenSocket socket, Func<int, SynProgram> program)
    {
        ArgumentNullException.ThrowIfNull(socket);
        return Open(socket.Duplicate(), program);
    }

    /// <summary>Drops the SYNs of all clients.</summary>
    /// <param name="listening">As of <see cref="Open(IReadOnlyList{SafeFileHandle}, Func{int, SynProgram})"/>.</param>
    /// <returns>Null: not possible.</returns>
    public static SynSink? IgnoreAll(IReadOnlyList<SafeFileHandle> listening)
    {
        try
        {
            return Open(listening, SynProgram.DropAll);
        }
        catch (SocketException)
        {
            return null;
        }
    }

    /// <summary>As <see cref="Open(IListenSocket, Func{int, SynProgram})"/>.</summary>
    /// <param name="listening">Copies of all listening sockets of an address, which are closed here.</param>
    public static SynSink? Open(IReadOnlyList<SafeFileHandle> listening, Func<int, SynProgram> program)
    {
        ArgumentNullException.ThrowIfNull(listening);
        ArgumentNullException.ThrowIfNull(program);
        SynSink? sink = null;
        try
        {
            sink = new SynSink(Different(listening));
            foreach (var one in listening)
                SharedSockets.ShareAddress(one);
            var fd = (int)listening[0].DangerousGetHandle();
            for (var i = 0; i < sink._sockets; i++)
                sink._sinks.Add(Bind(fd));
            // Before the sinks join, so that no other client gets to them. Without SO_REUSEPORT there is no group until they do.
            var isAttached = Attach(fd, program(sink._sockets));
            if (!isAttached && Errno.Last != Errno.Invalid)
                return null;
            foreach (var joining in sink._sinks)
                Check(Native.Listen(joining, 0));
            if (!isAttached && !Attach(sink._sinks[0], program(sink._sockets)))
                return null;
            var opened = sink;
            sink = null;
            return opened;
        }
        finally
        {
            sink?.Dispose();
            foreach (var one in listening)
                SharedSockets.Release(one);
        }
    }

    /// <summary>Replaces the program.</summary>
    /// <returns>Whether the kernel accepts it; otherwise the previous one stays.</returns>
    public bool Load(Func<int, SynProgram> program)
    {
        ArgumentNullException.ThrowIfNull(program);
        return Attach(_sinks[0], program(_sockets));
    }

    /// <summary>Ends the program on listening sockets without sinks. One that stays does no harm: for a number without a socket, the kernel
    /// selects by its own hash.</summary>
    public static void Detach(IListenSocket socket) =>
        SharedSockets.Set(socket, static fd => Native.SetOption(fd, Native.SolSocket, Native.SoDetachReusePortBpf, 0) == 0);

    public void Dispose()
    {
        SharedSockets.Close([.. _sinks]);
        _sinks.Clear();
    }

    /// <summary>Reactors may share a socket.</summary>
    private static int Different(IReadOnlyList<SafeFileHandle> listening)
    {
        var (cookies, count) = (new long[listening.Count], 0);
        foreach (var socket in listening)
        {
            cookies[count] = CookieOf(socket);
            var i = 0;
            while (cookies[i] != cookies[count])
                i++;
            if (i == count)
                count++;
        }
        return count;
    }

    private static long CookieOf(SafeFileHandle socket)
    {
        long cookie = 0;
        var length = sizeof(long);
        Check(Native.GetSockOpt((int)socket.DangerousGetHandle(), Native.SolSocket, Native.SoCookie, &cookie, &length));
        return cookie;
    }

    private static int Bind(int listening)
    {
        var address = SockAddr.LocalOf(listening) ?? throw new SocketException((int)SocketError.NotSocket);
        var isV6 = address.AddressFamily == AddressFamily.InterNetworkV6;
        var fd = Native.Socket(isV6 ? Native.AfInet6 : Native.AfInet, Native.SockStream | Native.SockNonBlock | Native.SockCloExec, 0);
        Check(fd);
        try
        {
            // Connections that were accepted before ShareAddress have SO_REUSEADDR only.
            Check(Native.SetOption(fd, Native.SolSocket, Native.SoReuseAddr, 1));
            Check(Native.SetOption(fd, Native.SolSocket, Native.SoReusePort, 1));
            Check(Native.SetOption(fd, Native.SolIp, Native.IpMinTtl, HighestTtl));
            if (isV6)
            {
                int isOnly = 0, length = sizeof(int);
                Check(Native.GetSockOpt(listening, Native.SolIpV6, Native.IpV6Only, &isOnly, &length));
                Check(Native.SetOption(fd, Native.SolIpV6, Native.IpV6Only, isOnly));
                Check(Native.SetOption(fd, Native.SolIpV6, Native.IpV6MinHopCount, HighestTtl));
            }
            Check(SockAddr.Bind(fd, address));
            return fd;
        }
        catch (SocketException)
        {
            SharedSockets.Close(fd);
            throw;
        }
    }

    private static bool Attach(int fd, SynProgram program)
    {
        fixed (BpfInstruction* instructions = program.Instructions)
        {
            var filter = new Program { Length = (ushort)program.Instructions.Length, Instructions = instructions };
            return Native.SetSockOpt(fd, Native.SolSocket, Native.SoAttachReusePortCbpf, &filter, sizeof(Program)) == 0;
        }
    }

    private static void Check(int result)
    {
        if (result < 0)
            throw new SocketException((int)Errno.ToSocketError(Errno.Last));
    }

    /// <summary>struct sock_fprog.</summary>
    private struct Program
    {
        public ushort Length;
        public BpfInstruction* Instructions;
    }
}
