using System.Buffers;
using System.Text;
using System.Text.Json;
using EdgeActors.Answers;

namespace EdgeActors.Cluster.Commands;

/// <summary>To <see cref="ClusterGateway.Peers"/>: a command for another node. Answered with a list of <see cref="Answer"/>.</summary>
/// <param name="Address">As <see cref="ClusterMember.Address"/>.</param>
internal sealed record ForwardOrder(string Address, IReadOnlyList<string> Words, Access Access)
{
    /// <summary>From the command to the first piece of its answer.</summary>
    public static readonly TimeSpan FirstTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Between two pieces of an answer after the first: leaving the cluster takes long.</summary>
    public static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(60);

    /// <summary>For all of it.</summary>
    public static readonly TimeSpan Timeout = AnswerTimeout + TimeSpan.FromSeconds(10);
}

/// <summary>Answers on their way from node to node: as <see cref="TypedAnswers"/> has them, a line each. Pure.</summary>
internal static class AnswerLines
{
    /// <summary>Bytes; the longest list of connections has some 2 MB.</summary>
    public const int MaxLength = 16 << 20;

    public static byte[] Write(IReadOnlyList<Answer> answers)
    {
        var buffer = new ArrayBufferWriter<byte>();
        foreach (var answer in answers)
        {
            using (var json = new Utf8JsonWriter(buffer, JsonAnswers.Options))
                TypedAnswers.Write(json, answer);
            buffer.Write("\n"u8);
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <exception cref="FormatException">They were written by something else, or by a later version.</exception>
    public static IReadOnlyList<Answer> Read(byte[] text)
    {
        var answers = new List<Answer>();
        foreach (var line in Encoding.UTF8.GetString(text).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                using var document = JsonDocument.Parse(line);
                answers.Add(TypedAnswers.Read(document.RootElement));
            }
            catch (JsonException e)
            {
                throw new FormatException(e.Message, e);
            }
        }
        return answers;
    }
}
