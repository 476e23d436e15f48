using EdgeActors.Config;
using EdgeActors.Preface;
using EdgeActors.Transport;

namespace EdgeActors.Connection;

/// <summary>What goes ahead of the client's first byte.</summary>
internal static class Prefaces
{
    public const int MaxLength = ProxyHeaderV2.MaxLength;

    /// <returns>Bytes written; 0 where the backend expects none.</returns>
    public static int Write(Span<byte> destination, ProxyProtocol protocol, Link link) =>
        protocol == ProxyProtocol.Off ? 0 : ProxyHeaderV2.Write(destination, link.Client, link.Local);
}
