using System.Buffers.Binary;
using System.Text;

namespace EdgeActors.Tests.Protocol;

/// <summary>Recorded hellos of real clients, hellos made to measure, and ways to cut both into records.</summary>
internal static class HelloBytes
{
    private const int RecordHeader = 5;

    public static IEnumerable<string> RecordedNames() =>
        Directory.EnumerateFiles(Folder, "*.bin").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal);

    public static byte[] Recorded(string name) => File.ReadAllBytes(Path.Combine(Folder, name));

    /// <summary>One record, one hello, with these extensions.</summary>
    public static byte[] With(params byte[][] extensions) => Record(Message([.. Vector16([.. extensions.SelectMany(e => e)])]));

    public static byte[] WithoutExtensions() => Record(Message([]));

    public static byte[] ForName(string name) => With(ServerName(Encoding.Latin1.GetBytes(name)));

    /// <summary>A hello for demo.fiscalismia.com whose handshake message is exactly <paramref name="size"/> bytes, padded (RFC
    /// 7685).</summary>
    public static byte[] MessageOfSize(int size)
    {
        var name = ServerName("demo.fiscalismia.com"u8);
        var bare = Message(Vector16([.. name, .. Extension(21, [])]));
        return Message(Vector16([.. name, .. Extension(21, new byte[size - bare.Length])]));
    }

    public static byte[] ServerName(ReadOnlySpan<byte> name) => Extension(0, Vector16([0, .. Vector16(name)]));

    public static byte[] Alpn(params string[] protocols) =>
        Extension(16, Vector16([.. protocols.SelectMany(p => Vector8(Encoding.ASCII.GetBytes(p)))]));

    public static byte[] Extension(ushort type, ReadOnlySpan<byte> data) => [(byte)(type >> 8), (byte)type, .. Vector16(data)];

    public static byte[] Vector8(ReadOnlySpan<byte> content) => [(byte)content.Length, .. content];

    public static byte[] Vector16(ReadOnlySpan<byte> content) => [(byte)(content.Length >> 8), (byte)content.Length, .. content];

    /// <summary>The handshake message with fields of these lengths: version, random, session id, suites, compression, then
    /// <paramref name="rest"/>.</summary>
    public static byte[] Message(ReadOnlySpan<byte> rest, int version = 0x0303, int sessionId = 32, int suites = 4, int compression = 1)
    {
        byte[] body =
        [
            (byte)(version >> 8), (byte)version, .. new byte[32],
            .. Vector8(new byte[sessionId]), .. Vector16(new byte[suites]), .. Vector8(new byte[compression]), .. rest,
        ];
        return [1, (byte)(body.Length >> 16), (byte)(body.Length >> 8), (byte)body.Length, .. body];
    }

    public static byte[] Record(ReadOnlySpan<byte> fragment) => [0x16, 3, 1, .. Vector16(fragment)];

    /// <summary>The message in records of at most <paramref name="size"/> bytes.</summary>
    public static byte[] InRecordsOf(int size, byte[] message) => [.. message.Chunk(size).SelectMany(part => Record(part))];

    public static byte[] InTwoRecords(byte[] message, int cut) => [.. Record(message.AsSpan(0, cut)), .. Record(message.AsSpan(cut))];

    /// <summary>The handshake message inside recorded bytes, joined.</summary>
    public static byte[] MessageOf(byte[] wire)
    {
        var joined = new List<byte>();
        for (var at = 0; at < wire.Length;)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(wire.AsSpan(at + 3));
            joined.AddRange(wire.AsSpan(at + RecordHeader, length));
            at += RecordHeader + length;
        }

        return [.. joined];
    }

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Protocol", "Hellos");
}
