using System.Globalization;
using System.Text;

namespace Edge.Hocon;

/// <summary>Writes a subset of HOCON that simpler readers accept too: no path keys, everything doubtful quoted, one field a line.</summary>
internal static class HoconRenderer
{
    public static string Render(HoconValue value)
    {
        var text = new StringBuilder();
        if (value is HoconObject root)
            WriteFields(text, root, 0);
        else
            Write(text, value, 0);
        return text.ToString();
    }

    private static void WriteFields(StringBuilder text, HoconObject scope, int level)
    {
        foreach (var field in scope.Fields)
        {
            text.Append(' ', level * 2).Append(Key(field.Key));
            text.Append(field.Value is HoconObject ? " " : " = ");
            Write(text, field.Value, level);
            text.Append('\n');
        }
    }

    private static void Write(StringBuilder text, HoconValue value, int level)
    {
        switch (value)
        {
            case HoconObject scope:
                text.Append("{\n");
                WriteFields(text, scope, level + 1);
                text.Append(' ', level * 2).Append('}');
                break;
            case HoconArray array:
                text.Append('[');
                for (var i = 0; i < array.Items.Count; i++)
                {
                    text.Append(i == 0 ? "" : ", ");
                    Write(text, array.Items[i], level);
                }
                text.Append(']');
                break;
            case HoconScalar scalar:
                text.Append(!scalar.Quoted && IsPlain(scalar.Text, dots: true) ? scalar.Text : Quote(scalar.Text));
                break;
        }
    }

    public static string Key(string key) => IsPlain(key, dots: false) ? key : Quote(key);

    /// <summary>A line that begins with the word include would be read as an include.</summary>
    private static bool IsPlain(string text, bool dots) => text.Length > 0 && (dots || text != "include")
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' || (dots && c == '.'));

    private static string Quote(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                < ' ' => quoted.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture)),
                _ => quoted.Append(c),
            };
        }
        return quoted.Append('"').ToString();
    }
}
