using System.Security.Cryptography;

namespace Edge.Hocon;

/// <summary>A file that a reading has opened, or has tried to.</summary>
/// <param name="Path">As it was opened: from the root of the file system, but for the first one, which is as it was given.</param>
/// <param name="Digest">Of the bytes that it had; null where it could not be read.</param>
/// <param name="Limit">Bytes that are looked at: one more than a file of its kind may have.</param>
public sealed record HoconFile(string Path, string? Digest, int Limit = HoconLimits.FileBytes + 1)
{
    /// <summary>As it is now.</summary>
    public HoconFile Look() => Look(Path, Limit);

    /// <summary>As it is now. Throws for nothing.</summary>
    public static HoconFile Look(string path, int limit = HoconLimits.FileBytes + 1)
    {
        try
        {
            using var file = Open(path);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var part = new byte[1 << 16];
            var rest = limit;
            while (file.Read(part, 0, Math.Min(part.Length, rest)) is > 0 and var count)
            {
                hash.AppendData(part, 0, count);
                rest -= count;
            }
            return new HoconFile(path, Convert.ToHexString(hash.GetHashAndReset()), limit);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return new HoconFile(path, null, limit);
        }
    }

    /// <returns>Up to one byte more than a file may have: read with a bound rather than by length, as a device or pipe has none.</returns>
    internal static ReadOnlySpan<byte> Read(string path)
    {
        using var file = Open(path);
        var bytes = new byte[HoconLimits.FileBytes + 1];
        return bytes.AsSpan(0, file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
    }

    internal static string DigestOf(ReadOnlySpan<byte> bytes) => Convert.ToHexString(SHA256.HashData(bytes));

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
}
