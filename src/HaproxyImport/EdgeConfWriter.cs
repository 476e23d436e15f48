using System.Globalization;
using System.Text;

namespace HaproxyImport;

/// <summary>Writes HOCON as hocon/edge.conf is written: short sections on one line, comments behind what they explain.</summary>
internal static class EdgeConfWriter
{
    private const int MaxWidth = 140;

    /// <summary>Those that mean something else without quotes.</summary>
    private static readonly string[] Meaningful = ["null", "true", "false", "include"];

    public static string Write(string heading, ConfSection root)
    {
        var text = new StringBuilder();
        foreach (var line in heading.Split('\n'))
            text.Append("# ").Append(line).Append('\n');
        text.Append('\n');
        WriteFields(text, root, 0);
        return text.ToString();
    }

    private static void WriteFields(StringBuilder text, ConfSection section, int level)
    {
        var previous = default(ConfField);
        foreach (var field in section.Fields)
        {
            // As much air as a file written by hand has.
            if (level == 1 && previous.Key is not null && (field.Value is ConfSection || previous.Value is ConfSection))
                text.Append('\n');
            WriteField(text, field, level);
            previous = field;
        }
    }

    private static void WriteField(StringBuilder text, ConfField field, int level)
    {
        text.Append(' ', level * 2).Append(Key(field.Key));
        var comment = field.Comment ?? (field.Value as ConfSection)?.Comment;
        var behind = comment is null ? "\n" : $"  # {Printable(comment)}\n";
        switch (field.Value)
        {
            case ConfSection { Fields.Count: 0 }:
                text.Append(" {}").Append(behind);
                break;
            case ConfSection section when level > 0
                && OnOneLine(section) is { } line
                && level * 2 + field.Key.Length + line.Length <= MaxWidth:
                text.Append(' ').Append(line).Append(behind);
                break;
            case ConfSection section:
                text.Append(" {").Append(behind);
                WriteFields(text, section, level + 1);
                text.Append(' ', level * 2).Append("}\n");
                break;
            case ConfList list when level * 2 + field.Key.Length + OnOneLine(list)?.Length > MaxWidth:
                text.Append(" = [").Append(behind);
                foreach (var item in list.Items)
                    text.Append(' ', level * 2 + 2).Append(OnOneLine(item)).Append('\n');
                text.Append(' ', level * 2).Append("]\n");
                break;
            default:
                text.Append(" = ").Append(OnOneLine(field.Value)).Append(behind);
                break;
        }
    }

    /// <summary>Null for what has a comment inside.</summary>
    private static string? OnOneLine(ConfValue value) => value switch
    {
        ConfText text => Scalar(text),
        ConfEnvironment variable => $"${{?{variable.Name}}}",
        ConfList list => $"[{string.Join(", ", list.Items.Select(OnOneLine))}]",
        ConfSection section when section.Fields.Any(static field => field.Comment is not null || field.Value is ConfSection) => null,
        ConfSection section =>
            $"{{ {string.Join(", ", section.Fields.Select(static field => $"{Key(field.Key)} = {OnOneLine(field.Value)}"))} }}",
        _ => null,
    };

    private static string Scalar(ConfText text)
    {
        if (!HaproxyVariable.IsIn(text.Content))
            return text.Quoted || !IsPlain(text.Content, dots: true) ? Quote(text.Content) : text.Content;
        // Text and substitutions side by side are one value.
        var parts = HaproxyVariable.Parts(text.Content);
        var joined = new StringBuilder();
        for (var i = 0; i < parts.Length; i++)
            joined.Append(i % 2 == 1 ? $"${{{parts[i]}}}" : parts[i].Length > 0 ? Quote(parts[i]) : "");
        return joined.ToString();
    }

    private static string Key(string key) => IsPlain(key, dots: false) ? key : Quote(key);

    private static bool IsPlain(string text, bool dots)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_') && !(dots && c == '.'))
                return false;
        }
        return text.Length > 0 && !Meaningful.Contains(text, StringComparer.Ordinal);
    }

    private static string Quote(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' or '\\' => quoted.Append('\\').Append(c),
                < ' ' or '\x7f' => quoted.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture)),
                _ => quoted.Append(c),
            };
        }
        return quoted.Append('"').ToString();
    }

    private static string Printable(string comment) => string.Concat(comment.Select(static c => char.IsControl(c) ? '?' : c));
}
