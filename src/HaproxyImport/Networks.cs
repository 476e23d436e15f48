using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Numerics;

namespace HaproxyImport;

/// <summary>Networks of addresses.</summary>
internal static class Networks
{
    /// <summary>Reads CIDR notation or a dotted mask. Bits beyond the mask are cleared, as in HAProxy.</summary>
    /// <returns>Null for invalid text.</returns>
    public static IPNetwork? Read(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (!IPAddress.TryParse(slash < 0 ? text : text[..slash], out var address) || !text.AsSpan().ContainsAny('.', ':'))
            return null;
        var longest = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        var bits = longest;
        if (slash >= 0 && !HaproxyUnits.TryReadInt(text[(slash + 1)..], 0, longest, out bits))
        {
            if (!IPAddress.TryParse(text[(slash + 1)..], out var mask) || longest != 32
                || mask.GetAddressBytes() is not { Length: 4 } dotted)
                return null;
            var set = BinaryPrimitives.ReadUInt32BigEndian(dotted);
            bits = BitOperations.LeadingZeroCount(~set);
            if (bits < 32 && set << bits != 0)
                return null;
        }
        return Cut(address, bits);
    }

    /// <summary>The notation of a configuration; a single address has no prefix length.</summary>
    public static string Written(IPNetwork network) =>
        network.PrefixLength == network.BaseAddress.GetAddressBytes().Length * 8 ? network.BaseAddress.ToString() : network.ToString();

    /// <summary>The network, then the networks that contain it, the closest first.</summary>
    public static IEnumerable<IPNetwork> Around(IPNetwork network)
    {
        for (var bits = network.PrefixLength; bits >= 0; bits--)
            yield return Cut(network.BaseAddress, bits);
    }

    private static IPNetwork Cut(IPAddress address, int bits)
    {
        var bytes = address.GetAddressBytes();
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] &= (byte)(0xff00 >> Math.Clamp(bits - (8 * i), 0, 8));
        return new IPNetwork(new IPAddress(bytes), bits);
    }
}
