namespace HaproxyImport;

/// <summary>A pattern of server names.</summary>
/// <param name="Name">In lower case, without a trailing dot; empty for <see cref="SniMatch.Any"/>.</param>
internal readonly record struct SniPattern(SniMatch Match, string Name)
{
    public static SniPattern Any { get; } = new(SniMatch.Any, "");

    /// <summary>The key of its route.</summary>
    public string Route => Match switch
    {
        SniMatch.Exact => Name,
        SniMatch.Below => $"*.{Name}",
        _ => "*",
    };

    /// <summary>The patterns that cover it, itself first, then the closest.</summary>
    public IEnumerable<SniPattern> Around()
    {
        yield return this;
        for (var dot = Name.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = Name.IndexOf('.', dot + 1))
            yield return new SniPattern(SniMatch.Below, Name[(dot + 1)..]);
        if (Match != SniMatch.Any)
            yield return Any;
    }
}

internal enum SniMatch
{
    /// <summary>The name itself.</summary>
    Exact,

    /// <summary>Every name below it, but not the name itself.</summary>
    Below,

    /// <summary>Any name.</summary>
    Any,
}

/// <summary>Patterns in their order, with the value of each: the first that covers a name counts, as in HAProxy's lists and maps.</summary>
internal sealed class NameTable
{
    private readonly Dictionary<SniPattern, (int Order, string Value)> _entries = [];

    public IReadOnlyCollection<SniPattern> Patterns => _entries.Keys;

    public IEnumerable<string> Values => _entries.Values.Select(static entry => entry.Value);

    public void Add(IEnumerable<SniPattern> patterns, string value = "")
    {
        foreach (var pattern in patterns)
            _entries.TryAdd(pattern, (_entries.Count, value));
    }

    public bool Covers(SniPattern name) => name.Around().Any(_entries.ContainsKey);

    /// <summary>Null if no pattern covers the name.</summary>
    public string? Find(SniPattern name)
    {
        (int Order, string Value)? first = null;
        foreach (var around in name.Around())
        {
            if (_entries.TryGetValue(around, out var found) && !(found.Order > first?.Order))
                first = found;
        }
        return first?.Value;
    }
}
