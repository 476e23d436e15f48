namespace Edge.Hocon.Tests;

/// <summary>A tree on one line, so that a table of specs can say what it expects: quoted scalars in double quotes, others bare.</summary>
internal static class Compact
{
    public static string Of(string text, Func<string, string?>? environment = null)
    {
        var result = HoconReader.ReadText(text, "t", environment);
        return result.Root is { } root
            ? Of(root)
            : "error " + string.Join(" | ", result.Errors.Select(e => $"{e.Line}:{e.Column} {e.Message}"));
    }

    public static string Of(HoconValue value) => value switch
    {
        HoconObject o => "{" + string.Join(",", o.Fields.Select(f => HoconReader.JoinPath(f.Key) + ":" + Of(f.Value))) + "}",
        HoconArray a => "[" + string.Join(",", a.Items.Select(Of)) + "]",
        HoconScalar { Quoted: true } s => "\"" + s.Text + "\"",
        HoconScalar s => s.Text,
        _ => "?",
    };
}
