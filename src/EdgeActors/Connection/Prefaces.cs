using EdgeActors.Config;
using EdgeActors.Preface;
using EdgeActors.Transport;

namespace EdgeActors.Connection;

/// <summary>What goes ahead of the client's first byte.</summary>
internal static class Prefaces
{
    public static ReadOnlyMemory<byte> For(ProxyProtocol protocol, Link link)
    {
        if (protocol == ProxyProtocol.Off)
            return default;
        Span<byte> header = stackalloc byte[ProxyHeaderV2.MaxLength];
        return header[..ProxyHeaderV2.Write(header, link.Client, link.Local)].ToArray();
    }
}
