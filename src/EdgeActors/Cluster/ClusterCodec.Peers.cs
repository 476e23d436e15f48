using System.Text;
using EdgeActors.Cluster.Health;
using EdgeActors.Operate;
using EdgeActors.Operate.Syntax;

namespace EdgeActors.Cluster;

/// <summary>The messages that have texts in them: each with its length ahead.</summary>
public static partial class ClusterCodec
{
    /// <returns>Null: it is none of these.</returns>
    private static string? ManifestOfPeers(object message) => message switch
    {
        HealthReport => "he",
        NodeOrder => "no",
        OrderAnswer => "oa",
        _ => null,
    };

    private static byte[] WritePeers(object message)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        switch (message)
        {
            case HealthReport report:
                writer.Write(report.Servers.Count);
                foreach (var server in report.Servers)
                {
                    writer.Write(server.Backend);
                    writer.Write(server.Server);
                    writer.Write(server.Address);
                    writer.Write(server.Up);
                    writer.Write(server.Since?.UtcTicks ?? 0);
                    writer.Write(server.InARow);
                }
                break;
            case NodeOrder order:
                writer.Write(order.Id);
                writer.Write(order.Access == Access.Full);
                writer.Write(order.Words.Count);
                foreach (var word in order.Words)
                    writer.Write(word);
                break;
            case OrderAnswer answer:
                writer.Write(answer.Id);
                writer.Write(answer.IsLast);
                writer.Write(answer.Text.Span);
                break;
            default:
                throw new ArgumentException($"{message?.GetType()} is no message between nodes.", nameof(message));
        }
        writer.Flush();
        return bytes.ToArray();
    }

    /// <exception cref="FormatException">These bytes are no such message.</exception>
    private static IClusterMessage ReadPeers(string manifest, ReadOnlySpan<byte> bytes)
    {
        using var stream = new MemoryStream(bytes.ToArray(), writable: false);
        using var reader = new BinaryReader(stream, Encoding.UTF8);
        try
        {
            IClusterMessage message = manifest switch
            {
                "he" => new HealthReport(Many(reader, PeerReport.MaxServers, ReadEvidence)),
                "no" => new NodeOrder(reader.ReadUInt32(), reader.ReadBoolean() ? Access.Full : Access.ReadOnly, Many(reader, OperatorParser.MaxWords, static from => from.ReadString())),
                "oa" => new OrderAnswer(reader.ReadUInt32(), reader.ReadBoolean(), reader.ReadBytes(OrderAnswer.MostAtOnce)),
                _ => throw new FormatException($"'{manifest}' is no message between nodes."),
            };
            return stream.Position == stream.Length ? message : throw new FormatException($"{bytes.Length} bytes are too many for a message '{manifest}'.");
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            // They end early, or a length is none.
            throw new FormatException($"{bytes.Length} bytes are no message '{manifest}'.", e);
        }
    }

    private static ServerEvidence ReadEvidence(BinaryReader from)
    {
        var (backend, server, address) = (from.ReadString(), from.ReadString(), from.ReadString());
        var (up, since, inARow) = (from.ReadBoolean(), from.ReadInt64(), from.ReadInt32());
        return new ServerEvidence(backend, server, address, up, since == 0 ? null : new DateTimeOffset(since, TimeSpan.Zero), inARow);
    }

    private static T[] Many<T>(BinaryReader from, int most, Func<BinaryReader, T> one)
    {
        var count = from.ReadInt32();
        if (count < 0 || count > most)
            throw new FormatException($"{count} of what may be {most} at most.");
        // Not before they are there: a count costs its sender nothing.
        var all = new List<T>();
        for (var i = 0; i < count; i++)
            all.Add(one(from));
        return [.. all];
    }
}
