using System.Security.Cryptography;
using System.Text;

namespace EdgeActors.Protocol;

/// <summary>
/// A name for a connection that no other one has: not after a restart, not on another node. Sixteen hexadecimal digits of this process (the
/// second in which it began and a random number), a hyphen, the link's number.
/// </summary>
public static class ConnectionUniqueId
{
    private const int ProcessLength = 16;

    /// <summary>Bytes of the longest one.</summary>
    public const int MaxLength = ProcessLength + 1 + 16;

    private static readonly byte[] Process = Encoding.ASCII.GetBytes(
        $"{(uint)DateTimeOffset.UtcNow.ToUnixTimeSeconds():x8}{RandomNumberGenerator.GetInt32(int.MaxValue):x8}");

    /// <param name="destination">Room for <see cref="MaxLength"/> bytes.</param>
    /// <returns>Bytes written, all ASCII.</returns>
    public static int Write(Span<byte> destination, long link)
    {
        Process.CopyTo(destination);
        destination[ProcessLength] = (byte)'-';
        link.TryFormat(destination[(ProcessLength + 1)..], out var digits, "x");
        return ProcessLength + 1 + digits;
    }
}
