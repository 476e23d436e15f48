using System.Buffers;
using System.Text.Json;

namespace EdgeActors.Answers;

/// <summary>Answers as JSON. A table is an object with an array of objects, facts are members; names have '_' for '-'. Durations are
/// whole milliseconds (<c>age_ms</c>), sizes bytes, times RFC 3339 in UTC.</summary>
public static class JsonAnswers
{
    public static readonly JsonWriterOptions Options = new() { SkipValidation = true };

    public static byte[] ToUtf8(Answer answer)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
            Write(json, answer);
        return buffer.WrittenSpan.ToArray();
    }

    public static void Write(Utf8JsonWriter json, Answer answer)
    {
        json.WriteStartObject();
        switch (answer)
        {
            case TableAnswer table:
                Table(json, table);
                if (table.Total is { } total)
                    json.WriteNumber("total", total);
                break;
            case FactsAnswer facts:
                Facts(json, facts.Facts);
                foreach (var table in facts.Tables)
                    Table(json, table);
                break;
            case EventAnswer happened:
                json.WriteString("time", happened.When.UtcDateTime);
                json.WriteString("event", happened.Kind);
                Facts(json, happened.Facts);
                break;
            case ErrorAnswer error:
                json.WriteString("error", error.Message);
                json.WriteBoolean("usage", error.Kind == ErrorKind.Usage);
                break;
        }
        json.WriteEndObject();
    }

    /// <summary>The JSON member of a column or a fact.</summary>
    public static string KeyOf(string name, CellType type) => name.Replace('-', '_') + (type == CellType.Duration ? "_ms" : "");

    internal static void Value(Utf8JsonWriter json, CellType type, object? value)
    {
        switch (type, value)
        {
            case (CellType.Number or CellType.Bytes, long number):
                json.WriteNumberValue(number);
                break;
            case (CellType.Percent, double percent):
                json.WriteNumberValue(Math.Round(percent, 2));
                break;
            case (CellType.Duration, TimeSpan time):
                json.WriteNumberValue((long)time.TotalMilliseconds);
                break;
            case (CellType.Time, DateTimeOffset time):
                json.WriteStringValue(time.UtcDateTime);
                break;
            case (CellType.Flag, bool flag):
                json.WriteBooleanValue(flag);
                break;
            case (_, string text):
                json.WriteStringValue(text);
                break;
            case (_, null):
                json.WriteNullValue();
                break;
            default:
                throw new ArgumentException($"{value} is no {type}", nameof(value));
        }
    }

    private static void Table(Utf8JsonWriter json, TableAnswer table)
    {
        json.WriteStartArray(table.Name.Replace('-', '_'));
        var keys = table.Columns.Select(static column => JsonEncodedText.Encode(KeyOf(column.Name, column.Type))).ToArray();
        foreach (var row in table.Rows)
        {
            json.WriteStartObject();
            for (var i = 0; i < keys.Length; i++)
            {
                json.WritePropertyName(keys[i]);
                Value(json, table.Columns[i].Type, row[i]);
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Facts(Utf8JsonWriter json, IReadOnlyList<Fact> facts)
    {
        foreach (var fact in facts)
        {
            json.WritePropertyName(KeyOf(fact.Name, fact.Type));
            Value(json, fact.Type, fact.Value);
        }
    }
}
