using System.Buffers.Binary;
using System.Text;

namespace EdgeLoad;

/// <summary>What a client wants of the backend, in the nine bytes after its hello.</summary>
internal enum Operation : byte
{
    /// <summary>One byte, then the end.</summary>
    Answer = (byte)'a',

    /// <summary>So many bytes down, then the end.</summary>
    Down = (byte)'d',

    /// <summary>Takes so many bytes, sends one, then the end.</summary>
    Up = (byte)'u',

    /// <summary>Sends back whatever comes.</summary>
    Echo = (byte)'e',
}

/// <summary>
/// What goes over a connection: <c>[PROXY v2 header] ClientHello operation(1) bytes(8, big-endian) ...</c>. Nothing is encrypted: a
/// proxy that reads the hello alone cannot tell.
/// </summary>
internal static class Wire
{
    public const int CommandLength = 9;
    public const int ProxyFixedLength = 16;
    public const int RecordHeaderLength = 5;
    public const byte Handshake = 22;

    /// <summary>As long as the hello of a browser without post-quantum keys.</summary>
    private const int HelloLength = 517;

    public static ReadOnlySpan<byte> ProxySignature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>All that a client says first.</summary>
    public static byte[] FirstFlight(string serverName, Operation operation, long bytes)
    {
        var flight = new byte[HelloLength + CommandLength];
        WriteHello(flight.AsSpan(0, HelloLength), Encoding.ASCII.GetBytes(serverName));
        flight[HelloLength] = (byte)operation;
        BinaryPrimitives.WriteInt64BigEndian(flight.AsSpan(HelloLength + 1), bytes);
        return flight;
    }

    /// <summary>A TLS 1.3 ClientHello (RFC 8446 §4.1.2) with server_name, supported_versions, and padding (RFC 7685) up to the length
    /// wanted.</summary>
    private static void WriteHello(Span<byte> record, ReadOnlySpan<byte> name)
    {
        byte[] head =
        [
            3, 3, .. new byte[32], // version, random
            32, .. new byte[32], // session id
            0, 4, 0x13, 1, 0x13, 2, // cipher suites
            1, 0, // compression
        ];
        byte[] serverName = Extension(0, [.. Length(name.Length + 3), 0, .. Length(name.Length), .. name]);
        byte[] versions = Extension(43, [2, 3, 4]);
        var used = RecordHeaderLength + 4 + head.Length + 2 + serverName.Length + versions.Length + 4;
        byte[] padding = Extension(21, new byte[record.Length - used]);
        byte[] extensions = [.. serverName, .. versions, .. padding];
        byte[] body = [.. head, .. Length(extensions.Length), .. extensions];
        byte[] wire = [Handshake, 3, 1, .. Length(body.Length + 4), 1, 0, .. Length(body.Length), .. body];
        wire.CopyTo(record);
    }

    private static byte[] Extension(byte type, ReadOnlySpan<byte> data) => [0, type, .. Length(data.Length), .. data];

    private static byte[] Length(int value) => [(byte)(value >> 8), (byte)value];
}
