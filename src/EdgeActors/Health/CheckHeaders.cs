using System.Net;
using System.Net.Sockets;
using EdgeActors.Protocol;
using EdgeActors.Settings;

namespace EdgeActors.Health;

/// <summary>The PROXY header ahead of a check.</summary>
internal static class CheckHeaders
{
    private static readonly byte[] Local = NewLocal();

    public static ReadOnlyMemory<byte> For(CheckHeader kind, Socket socket)
    {
        switch (kind)
        {
            case CheckHeader.Local:
                return Local;
            case CheckHeader.Proxy:
                var header = new byte[ProxyHeaderV2.MaxLength];
                var length = ProxyHeaderV2.Write(header, (IPEndPoint)socket.LocalEndPoint!, (IPEndPoint)socket.RemoteEndPoint!);
                return header.AsMemory(0, length);
            default:
                return default;
        }
    }

    private static byte[] NewLocal()
    {
        var header = new byte[ProxyHeaderV2.FixedLength];
        ProxyHeaderV2.WriteLocal(header);
        return header;
    }
}
