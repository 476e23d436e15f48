using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using EdgeActors.Settings;

namespace EdgeActors.Transport;

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
