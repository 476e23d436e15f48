using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using EdgeActors.Operate.Answers;

namespace EdgeHost.Control;

/// <summary>In which form a client wants its answers.</summary>
internal enum ControlFormat
{
    /// <summary>As <see cref="JsonAnswers"/> writes them: for programs.</summary>
    Json,

    /// <summary>As <see cref="TypedAnswers"/> writes them: for who makes tables of them.</summary>
    Typed,
}

/// <summary>
/// A request on the control socket (docs/ctl-protocol.md): a JSON object on a line. Pure.
/// </summary>
internal sealed record ControlRequest(IReadOnlyList<string> Words, ControlFormat Format)
{
    /// <summary>Bytes of a request, its end included.</summary>
    public const int MaxLine = 64 * 1024;

    /// <summary>Deeper than any request is; what is deeper yet would only cost.</summary>
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 8 };

    /// <summary>Unknown members are for later versions, and are left alone.</summary>
    /// <param name="mistake">Why it is none, if it is none.</param>
    public static bool TryRead(ReadOnlyMemory<byte> line, [NotNullWhen(true)] out ControlRequest? request, out string mistake)
    {
        request = null;
        mistake = "expected {\"words\": [\"status\"]}";
        try
        {
            using var document = JsonDocument.Parse(line, Options);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("words", out var words) || words.ValueKind != JsonValueKind.Array)
                return false;
            var format = ControlFormat.Json;
            if (root.TryGetProperty("format", out var wanted) && !TryReadFormat(wanted, out format))
            {
                mistake = "expected \"json\" or \"typed\" for \"format\"";
                return false;
            }
            var all = new List<string>();
            foreach (var word in words.EnumerateArray())
            {
                if (word.ValueKind != JsonValueKind.String)
                    return false;
                all.Add(word.GetString()!);
            }
            request = new ControlRequest(all, format);
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The latter for strings with half a surrogate pair.
            return false;
        }
    }

    public byte[] ToLine() => ControlReply.Line(json =>
    {
        json.WriteStartArray("words");
        foreach (var word in Words)
            json.WriteStringValue(word);
        json.WriteEndArray();
        json.WriteString("format", WordOf(Format));
    });

    private static bool TryReadFormat(JsonElement wanted, out ControlFormat format)
    {
        format = wanted.ValueKind == JsonValueKind.String && wanted.ValueEquals("typed"u8) ? ControlFormat.Typed : ControlFormat.Json;
        return wanted.ValueKind == JsonValueKind.String && wanted.ValueEquals(WordOf(format));
    }

    private static string WordOf(ControlFormat format) => format == ControlFormat.Typed ? "typed" : "json";
}
