using System.Buffers.Binary;
using System.Text;
using EdgeActors.Admit;

namespace EdgeActors.Cluster;

/// <summary>
/// Messages between nodes as bytes: little-endian figures in a fixed order, nothing else. A message of another version is one that cannot be
/// read. Pure; bytes from outside never throw anything but <see cref="FormatException"/>.
/// </summary>
public static partial class ClusterCodec
{
    private const int QueryLength = 4 + 1 + 4 + 16;
    private const int AnswerLength = 4 + 4;
    private const int FindTopLength = 4 + 4 + 4 + 4 + 4;
    private const int TopRow = 16 + 4;
    private const int HotRow = 16 + 4 + 4 + 4;

    /// <summary>Which message it is, in a word of two letters: in each message on the wire.</summary>
    /// <exception cref="ArgumentException">It is none of these.</exception>
    public static string ManifestOf(object message) => message switch
    {
        SharedRateQuery => "rq",
        SharedRateAnswer => "ra",
        FindSharedTopRates => "tq",
        SharedTopRates => "ta",
        HotRates => "hr",
        Census => "ce",
        GiveWay => "gw",
        _ => ManifestOfPeers(message) ?? throw new ArgumentException($"{message?.GetType()} is no message between nodes.", nameof(message)),
    };

    public static byte[] Write(object message)
    {
        switch (message)
        {
            case SharedRateQuery query:
                var q = new byte[QueryLength];
                BinaryPrimitives.WriteUInt32LittleEndian(q, query.Id);
                q[4] = (byte)query.Order;
                BinaryPrimitives.WriteUInt32LittleEndian(q.AsSpan(5), query.Listener);
                WriteKey(q.AsSpan(9), query.Address);
                return q;
            case SharedRateAnswer answer:
                var a = new byte[AnswerLength];
                BinaryPrimitives.WriteUInt32LittleEndian(a, answer.Id);
                BinaryPrimitives.WriteUInt32LittleEndian(a.AsSpan(4), answer.Value);
                return a;
            case FindSharedTopRates find:
                return Figures(find.Id, (uint)find.Shard, find.Listener, (uint)find.From, (uint)find.Most);
            case SharedTopRates top:
                var t = new byte[8 + top.Rates.Count * TopRow];
                BinaryPrimitives.WriteUInt32LittleEndian(t, top.Id);
                BinaryPrimitives.WriteInt32LittleEndian(t.AsSpan(4), top.Next);
                for (var i = 0; i < top.Rates.Count; i++)
                {
                    var row = t.AsSpan(8 + i * TopRow);
                    WriteKey(row, top.Rates[i].Address);
                    BinaryPrimitives.WriteUInt32LittleEndian(row[16..], top.Rates[i].Count);
                }
                return t;
            case HotRates hot:
                var h = new byte[8 + hot.Rates.Count * HotRow];
                BinaryPrimitives.WriteInt32LittleEndian(h, hot.Shard);
                BinaryPrimitives.WriteUInt32LittleEndian(h.AsSpan(4), hot.Listener);
                for (var i = 0; i < hot.Rates.Count; i++)
                {
                    var row = h.AsSpan(8 + i * HotRow);
                    var (address, history) = hot.Rates[i];
                    WriteKey(row, address);
                    BinaryPrimitives.WriteUInt32LittleEndian(row[16..], history.AgeMs);
                    BinaryPrimitives.WriteUInt32LittleEndian(row[20..], history.Current);
                    BinaryPrimitives.WriteUInt32LittleEndian(row[24..], history.Previous);
                }
                return h;
            case Census census:
                return [.. Figures((uint)census.Members), .. Encoding.UTF8.GetBytes(census.Lowest)];
            case GiveWay:
                return [];
            default:
                return WritePeers(message);
        }
    }

    /// <exception cref="FormatException">These bytes are no such message.</exception>
    public static IClusterMessage Read(string manifest, ReadOnlySpan<byte> bytes)
    {
        switch (manifest)
        {
            case "rq" when bytes.Length == QueryLength && bytes[4] <= (byte)RateOrder.Forget:
                return new SharedRateQuery(Figure(bytes, 0), (RateOrder)bytes[4], Figure(bytes, 5), ReadKey(bytes[9..]));
            case "ra" when bytes.Length == AnswerLength:
                return new SharedRateAnswer(Figure(bytes, 0), Figure(bytes, 4));
            case "tq" when bytes.Length == FindTopLength && Figure(bytes, 4) < RateLimitExtractor.Shards && Figure(bytes, 12) <= int.MaxValue && Figure(bytes, 16) <= int.MaxValue:
                return new FindSharedTopRates(Figure(bytes, 0), (int)Figure(bytes, 4), Figure(bytes, 8), (int)Figure(bytes, 12), (int)Figure(bytes, 16));
            case "ta" when bytes.Length >= 8 && (bytes.Length - 8) % TopRow == 0:
                var top = new (AddressKey, uint)[(bytes.Length - 8) / TopRow];
                for (var i = 0; i < top.Length; i++)
                    top[i] = (ReadKey(bytes[(8 + i * TopRow)..]), Figure(bytes, 8 + i * TopRow + 16));
                return new SharedTopRates(Figure(bytes, 0), (int)Figure(bytes, 4), top);
            case "hr" when bytes.Length >= 8 && (bytes.Length - 8) % HotRow == 0 && Figure(bytes, 0) < RateLimitExtractor.Shards:
                var hot = new (AddressKey, RateHistory)[(bytes.Length - 8) / HotRow];
                for (var i = 0; i < hot.Length; i++)
                {
                    var at = 8 + i * HotRow;
                    hot[i] = (ReadKey(bytes[at..]), new RateHistory(Figure(bytes, at + 16), Figure(bytes, at + 20), Figure(bytes, at + 24)));
                }
                return new HotRates((int)Figure(bytes, 0), Figure(bytes, 4), hot);
            case "ce" when bytes.Length >= 4 && Figure(bytes, 0) <= int.MaxValue:
                return new Census((int)Figure(bytes, 0), Encoding.UTF8.GetString(bytes[4..]));
            case "gw" when bytes.Length == 0:
                return GiveWay.Instance;
            case "he" or "no" or "oa":
                return ReadPeers(manifest, bytes);
            default:
                throw new FormatException($"{bytes.Length} bytes are no message '{manifest}'.");
        }
    }

    private static byte[] Figures(params ReadOnlySpan<uint> figures)
    {
        var bytes = new byte[figures.Length * 4];
        for (var i = 0; i < figures.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * 4), figures[i]);
        return bytes;
    }

    private static uint Figure(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static void WriteKey(Span<byte> bytes, in AddressKey key)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, key.High);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], key.Low);
    }

    private static AddressKey ReadKey(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]));
}
