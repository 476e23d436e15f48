using System.Text.Json;

namespace EdgeActors.Answers;

/// <summary>Answers as JSON with the type of each cell, for a remote renderer. Cells are as in <see cref="JsonAnswers"/>.</summary>
public static class TypedAnswers
{
    public static void Write(Utf8JsonWriter json, Answer answer)
    {
        json.WriteStartObject();
        switch (answer)
        {
            case TableAnswer table:
                json.WriteString("kind", "table");
                WriteTable(json, table);
                break;
            case FactsAnswer facts:
                json.WriteString("kind", "facts");
                WriteFacts(json, facts.Facts);
                json.WriteStartArray("tables");
                foreach (var table in facts.Tables)
                {
                    json.WriteStartObject();
                    WriteTable(json, table);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
                break;
            case EventAnswer happened:
                json.WriteString("kind", "event");
                json.WriteString("time", happened.When.UtcDateTime);
                json.WriteString("event", happened.Kind);
                WriteFacts(json, happened.Facts);
                break;
            case ErrorAnswer error:
                json.WriteString("kind", "error");
                json.WriteString("message", error.Message);
                json.WriteBoolean("usage", error.Kind == ErrorKind.Usage);
                break;
        }
        json.WriteEndObject();
    }

    /// <exception cref="FormatException">Not written by <see cref="Write"/>, or by a later version.</exception>
    public static Answer Read(JsonElement json)
    {
        try
        {
            return json.GetProperty("kind").GetString() switch
            {
                "table" => ReadTable(json),
                "facts" => new FactsAnswer(ReadFacts(json), [.. json.GetProperty("tables").EnumerateArray().Select(ReadTable)]),
                "event" =>
                    new EventAnswer(json.GetProperty("time").GetDateTimeOffset(), json.GetProperty("event").GetString()!, ReadFacts(json)),
                "error" =>
                    new ErrorAnswer(
                        json.GetProperty("usage").GetBoolean() ? ErrorKind.Usage : ErrorKind.Failed,
                        json.GetProperty("message").GetString()!),
                var kind => throw new FormatException($"an answer of the unknown kind '{kind}'"),
            };
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or IndexOutOfRangeException)
        {
            throw new FormatException($"no answer: {e.Message}", e);
        }
    }

    private static void WriteTable(Utf8JsonWriter json, TableAnswer table)
    {
        json.WriteString("name", table.Name);
        json.WriteStartArray("columns");
        foreach (var column in table.Columns)
        {
            json.WriteStartObject();
            json.WriteString("name", column.Name);
            json.WriteString("type", WordOf(column.Type));
            if (column.IsExtra)
                json.WriteBoolean("extra", true);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("rows");
        foreach (var row in table.Rows)
        {
            json.WriteStartArray();
            for (var i = 0; i < table.Columns.Count; i++)
                JsonAnswers.Value(json, table.Columns[i].Type, row[i]);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        if (table.Total is { } total)
            json.WriteNumber("total", total);
    }

    private static void WriteFacts(Utf8JsonWriter json, IReadOnlyList<Fact> facts)
    {
        json.WriteStartArray("facts");
        foreach (var fact in facts)
        {
            json.WriteStartObject();
            json.WriteString("name", fact.Name);
            json.WriteString("type", WordOf(fact.Type));
            json.WritePropertyName("value");
            JsonAnswers.Value(json, fact.Type, fact.Value);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static TableAnswer ReadTable(JsonElement json)
    {
        Column[] columns = [.. json.GetProperty("columns").EnumerateArray().Select(static column =>
            new Column(column.GetProperty("name").GetString()!, TypeOf(column.GetProperty("type").GetString()))
            {
                IsExtra = column.TryGetProperty("extra", out var extra) && extra.GetBoolean(),
            })];
        return new TableAnswer(
            json.GetProperty("name").GetString()!,
            columns,
            [.. json.GetProperty("rows").EnumerateArray().Select(row => (IReadOnlyList<object?>)[.. columns.Select((column, i) => ReadValue(row[i], column.Type))])])
        {
            Total = json.TryGetProperty("total", out var total) ? total.GetInt64() : null,
        };
    }

    private static Fact[] ReadFacts(JsonElement json) => [.. json.GetProperty("facts").EnumerateArray().Select(static fact =>
    {
        var type = TypeOf(fact.GetProperty("type").GetString());
        return new Fact(fact.GetProperty("name").GetString()!, type, ReadValue(fact.GetProperty("value"), type));
    })];

    private static object? ReadValue(JsonElement value, CellType type) => value.ValueKind == JsonValueKind.Null ? null : type switch
    {
        CellType.Number or CellType.Bytes => value.GetInt64(),
        CellType.Percent => value.GetDouble(),
        CellType.Duration => TimeSpan.FromMilliseconds(value.GetInt64()),
        CellType.Time => value.GetDateTimeOffset(),
        CellType.Flag => value.GetBoolean(),
        _ => value.GetString(),
    };

    private static string WordOf(CellType type) => type.ToString().ToLowerInvariant();

    private static CellType TypeOf(string? word) =>
        Enum.TryParse<CellType>(word, ignoreCase: true, out var type)
            ? type
            : throw new FormatException($"a cell of the unknown type '{word}'");
}
