using System.Buffers.Binary;
using System.Net;

namespace EdgeActors.Transport;

/// <summary>
/// struct sockaddr_in and sockaddr_in6 as bytes.
/// <code>
///   sockaddr_in   family(2, host order) port(2, big endian) address(4) zero(8)                  = 16
///   sockaddr_in6  family(2, host order) port(2, big endian) flow(4) address(16) scope(4, host)  = 28
/// </code>
/// </summary>
internal static class SockAddr
{
    public const int MaxLength = 28;

    /// <returns>Bytes written.</returns>
    public static int Write(Span<byte> to, IPEndPoint endPoint)
    {
        to = to[..MaxLength];
        to.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(to[2..], (ushort)endPoint.Port);
        if (endPoint.Address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork)
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

    /// <summary>An IPv4 peer of a dual-mode socket (::ffff:a.b.c.d) comes out as IPv4.</summary>
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
