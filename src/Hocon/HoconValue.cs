using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Edge.Hocon;

/// <summary>Where a value or key was written. <see cref="File"/> is the name the text was read under; line and column count
/// from 1, columns in UTF-16 units.</summary>
public readonly record struct HoconOrigin(string File, int Line, int Column)
{
    public override string ToString() => $"{File}:{Line}";
}

/// <summary>A node of a resolved tree. Immutable; substitutions share nodes, so a node may have several parents.</summary>
public abstract class HoconValue
{
    private protected HoconValue(HoconOrigin origin, long ownWeight, IEnumerable<HoconValue> below)
    {
        Origin = origin;
        Weight = ownWeight;
        foreach (var value in below)
        {
            Depth = Math.Max(Depth, value.Depth);
            Weight = Math.Min(Weight + value.Weight, int.MaxValue);
        }
        Depth++;
    }

    public HoconOrigin Origin { get; }

    public abstract string Kind { get; }

    /// <summary>Levels below and including this one.</summary>
    internal int Depth { get; }

    /// <summary>Size when written out in full: shared nodes count each time. Saturates.</summary>
    internal long Weight { get; }

    /// <summary>HOCON text that reads back as this value.</summary>
    public string Render() => HoconRenderer.Render(this);

    public override string ToString() => Render();
}

/// <summary>A string, number, boolean or null; which of them, the reader of the value decides by asking.</summary>
public sealed class HoconScalar(string text, bool quoted, HoconOrigin origin) : HoconValue(origin, text.Length + 1L, [])
{
    public string Text { get; } = text;

    /// <summary>Partly or wholly quoted, therefore a string.</summary>
    public bool Quoted { get; } = quoted;

    public bool IsNull => !Quoted && Text == "null";

    public override string Kind => IsNull ? "null" : "text";
}

public sealed class HoconArray(IReadOnlyList<HoconValue> items, HoconOrigin origin) : HoconValue(origin, 1, items)
{
    public IReadOnlyList<HoconValue> Items { get; } = items;

    public override string Kind => "an array";
}

public readonly record struct HoconField(string Key, HoconValue Value, HoconOrigin KeyOrigin);

/// <summary>Fields in text order. A key is one path element and may contain dots.</summary>
public sealed class HoconObject(IReadOnlyList<HoconField> fields, HoconOrigin origin)
    : HoconValue(origin, 1 + fields.Sum(static field => (long)field.Key.Length), fields.Select(static field => field.Value))
{
    private readonly Dictionary<string, HoconField> _byKey = fields.ToDictionary(static field => field.Key, StringComparer.Ordinal);

    public IReadOnlyList<HoconField> Fields { get; } = fields;

    public override string Kind => "an object";

    public bool TryGet(string key, [NotNullWhen(true)] out HoconValue? value)
    {
        var found = _byKey.TryGetValue(key, out var field);
        value = field.Value;
        return found;
    }

    /// <summary>Walks down by path elements. Null when a step is missing or is no object.</summary>
    public HoconValue? Find(params ReadOnlySpan<string> path)
    {
        HoconValue? value = this;
        foreach (var key in path)
        {
            if (value is not HoconObject scope || !scope.TryGet(key, out value))
                return null;
        }
        return value;
    }

    /// <summary>The later values win; objects on both sides merge. The order is this object's, then the later one's.</summary>
    internal HoconObject MergedWith(HoconObject later)
    {
        if (later.Fields.Count == 0)
            return this;
        var merged = new List<HoconField>(Fields.Count + later.Fields.Count);
        foreach (var field in Fields)
        {
            if (!later._byKey.TryGetValue(field.Key, out var other))
                merged.Add(field);
            else if (field.Value is HoconObject a && other.Value is HoconObject b)
                merged.Add(field with { Value = a.MergedWith(b) });
            else
                merged.Add(other);
        }
        merged.AddRange(later.Fields.Where(field => !_byKey.ContainsKey(field.Key)));
        return new HoconObject(merged, Origin);
    }
}

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
