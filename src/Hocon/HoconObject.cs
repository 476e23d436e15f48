using System.Diagnostics.CodeAnalysis;

namespace Edge.Hocon;

/// <param name="KeyOrigin">Where the key was first written.</param>
public readonly record struct HoconField(string Key, HoconValue Value, HoconOrigin KeyOrigin);

/// <summary>Fields in the order of the text. A key is one path element, dots and all.</summary>
public sealed class HoconObject : HoconValue
{
    private readonly Dictionary<string, HoconField> _byKey;

    public HoconObject(IReadOnlyList<HoconField> fields, HoconOrigin origin)
        : base(origin, DepthOf(fields), WeightOf(fields))
    {
        Fields = fields;
        _byKey = new Dictionary<string, HoconField>(fields.Count, StringComparer.Ordinal);
        foreach (var field in fields)
            _byKey[field.Key] = field;
    }

    public IReadOnlyList<HoconField> Fields { get; }

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

    /// <summary>This object's values win; objects on both sides merge, all other values replace. Own fields come first.</summary>
    public HoconObject WithFallback(HoconObject fallback) => Combine(this, fallback, secondWins: false);

    /// <summary>The order is the first one's, then what only the second one has.</summary>
    internal static HoconObject Combine(HoconObject first, HoconObject second, bool secondWins)
    {
        if (second.Fields.Count == 0)
            return first;
        var fields = new List<HoconField>(first.Fields.Count + second.Fields.Count);
        foreach (var field in first.Fields)
        {
            if (!second.TryGet(field.Key, out var other))
                fields.Add(field);
            else if (field.Value is HoconObject a && other is HoconObject b)
                fields.Add(field with { Value = Combine(a, b, secondWins) });
            else
                fields.Add(secondWins ? second._byKey[field.Key] : field);
        }
        foreach (var field in second.Fields)
        {
            if (!first._byKey.ContainsKey(field.Key))
                fields.Add(field);
        }
        return new HoconObject(fields, first.Origin);
    }

    private static int DepthOf(IReadOnlyList<HoconField> fields)
    {
        var depth = 0;
        foreach (var field in fields)
            depth = Math.Max(depth, field.Value.Depth);
        return depth + 1;
    }

    private static long WeightOf(IReadOnlyList<HoconField> fields)
    {
        var weight = 1L;
        foreach (var field in fields)
            weight = Math.Min(weight + field.Key.Length + field.Value.Weight, int.MaxValue);
        return weight;
    }
}
