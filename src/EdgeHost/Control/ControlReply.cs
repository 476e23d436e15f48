using System.Buffers;
using System.Text;
using System.Text.Json;
using EdgeActors.Operate.Answers;

namespace EdgeHost.Control;

/// <summary>A reply on the control socket: some lines, each with a JSON object of one member that says what the line is. Pure.</summary>
internal static class ControlReply
{
    /// <summary>One answer, or what went wrong, as a line of the reply.</summary>
    public static byte[] Answer(Answer answer, ControlFormat format) => Line(json =>
    {
        if (answer is ErrorAnswer error)
        {
            json.WriteStartObject("error");
            json.WriteString("message", error.Message);
            json.WriteBoolean("usage", error.Kind == ErrorKind.Usage);
            json.WriteEndObject();
            return;
        }
        json.WritePropertyName("answer");
        if (format == ControlFormat.Typed)
            TypedAnswers.Write(json, answer);
        else
            JsonAnswers.Write(json, answer);
    });

    /// <summary>The last line of a reply.</summary>
    public static byte[] End { get; } = Encoding.UTF8.GetBytes("{\"end\":true}\n");

    internal static byte[] Line(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, JsonAnswers.Options))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }
}
