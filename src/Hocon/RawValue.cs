namespace Edge.Hocon;

/// <summary>The parser's output: values with unresolved substitutions.</summary>
internal abstract record RawValue(HoconOrigin Origin);

/// <param name="Blank">Unquoted white space between the parts of a concatenation.</param>
internal sealed record RawScalar(string Text, bool Quoted, HoconOrigin Origin, bool Blank = false) : RawValue(Origin);

internal sealed record RawArray(List<RawValue> Items, HoconOrigin Origin) : RawValue(Origin);

internal sealed record RawConcat(List<RawValue> Parts, HoconOrigin Origin) : RawValue(Origin);

/// <param name="Prefix">Where the file it stands in was included: names are looked for there before the root.</param>
internal sealed record RawSubstitution(string[] Path, bool Optional, string[] Prefix, HoconOrigin Origin) : RawValue(Origin);

/// <summary>What <c>+=</c> appends to: the value that its own field had before.</summary>
internal sealed record RawPrevious(HoconOrigin Origin) : RawValue(Origin);

internal sealed record RawObject(HoconOrigin Origin) : RawValue(Origin)
{
    private readonly Dictionary<string, RawField> _byKey = new(StringComparer.Ordinal);

    public List<RawField> Fields { get; } = [];

    public RawField? Find(string key) => _byKey.GetValueOrDefault(key);

    public RawField GetOrAdd(string key, HoconOrigin origin)
    {
        if (!_byKey.TryGetValue(key, out var field))
        {
            field = new RawField(key, origin);
            _byKey.Add(key, field);
            Fields.Add(field);
        }
        return field;
    }

    public void Merge(RawObject later)
    {
        foreach (var field in later.Fields)
            field.Layers.ForEach(GetOrAdd(field.Key, field.KeyOrigin).Put);
    }
}

/// <summary>A key and the values assigned to it, oldest first. What a later value certainly hides is gone already.</summary>
internal sealed class RawField(string key, HoconOrigin keyOrigin)
{
    public string Key => key;

    public HoconOrigin KeyOrigin => keyOrigin;

    public List<RawValue> Layers { get; } = [];

    /// <summary>Index of the layer whose substitutions are being resolved, or -1. A name that leads here means the layer below.</summary>
    public int Resolving { get; set; } = -1;

    public bool IsResolved { get; set; }

    public HoconValue? Resolved { get; set; }

    public void Put(RawValue value)
    {
        if (value is RawObject later && Layers is [.., RawObject top])
        {
            top.Merge(later);
            return;
        }
        if (value is RawScalar || (value is RawObject && Layers is [.., RawScalar]))
            Layers.Clear();
        Layers.Add(value);
    }

    /// <summary>The object that a longer path goes on into.</summary>
    public RawObject Descend(HoconOrigin origin)
    {
        if (Layers is not [.., RawObject top])
            Put(top = new RawObject(origin));
        return top;
    }
}
