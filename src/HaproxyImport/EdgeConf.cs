using System.Globalization;

namespace HaproxyImport;

/// <summary>A value of the configuration that is written.</summary>
internal abstract record ConfValue
{
    public static ConfValue Text(string text) => new ConfText(text, Quoted: true);

    public static ConfValue Word(string word) => new ConfText(word, Quoted: false);

    /// <summary>What the environment has of this name when Edge starts, or nothing.</summary>
    public static ConfValue Environment(string name) => new ConfEnvironment(name);

    public static ConfValue Number(long number) => Word(number.ToString(CultureInfo.InvariantCulture));

    /// <summary>In the largest unit that needs no fraction.</summary>
    public static ConfValue Time(TimeSpan time) => Word(((long)time.TotalMilliseconds) switch
    {
        var ms and not 0 when ms % 86_400_000 == 0 => $"{ms / 86_400_000}d",
        var ms and not 0 when ms % 3_600_000 == 0 => $"{ms / 3_600_000}h",
        var ms and not 0 when ms % 60_000 == 0 => $"{ms / 60_000}m",
        var ms and not 0 when ms % 1000 == 0 => $"{ms / 1000}s",
        var ms => $"{ms}ms",
    });

    public static ConfValue Flag(bool on) => Word(on ? "on" : "off");

    public static ConfValue List(IEnumerable<string> texts) => new ConfList([.. texts.Select(Text)]);

    public static ConfValue Words(IEnumerable<string> words) => new ConfList([.. words.Select(Word)]);
}

/// <param name="Quoted">It is text of the operator's, such as an address or a name; else a word or a figure of Edge's own.</param>
internal sealed record ConfText(string Content, bool Quoted) : ConfValue;

internal sealed record ConfEnvironment(string Name) : ConfValue;

internal sealed record ConfList(IReadOnlyList<ConfValue> Items) : ConfValue
{
    public bool Equals(ConfList? other) => other is not null && Items.SequenceEqual(other.Items);

    public override int GetHashCode() => Items.Count;
}

/// <summary>Fields in the order in which they were first set.</summary>
internal sealed record ConfSection : ConfValue
{
    private readonly List<ConfField> _fields = [];

    public IReadOnlyList<ConfField> Fields => _fields;

    /// <summary>Stands behind the opening brace.</summary>
    public string? Comment { get; init; }

    public bool Has(string key) => _fields.Exists(field => field.Key == key);

    public void Set(string key, ConfValue value, string? comment = null)
    {
        var at = _fields.FindIndex(field => field.Key == key);
        if (at < 0)
            _fields.Add(new ConfField(key, value, comment));
        else
            _fields[at] = new ConfField(key, value, comment);
    }

    public void Remove(string key) => _fields.RemoveAll(field => field.Key == key);

    /// <summary>Null when there is no section of this name.</summary>
    public ConfSection? Find(string key) => _fields.Find(field => field.Key == key).Value as ConfSection;

    /// <summary>The section below, new if there is none.</summary>
    public ConfSection Section(string key)
    {
        if (Find(key) is { } there)
            return there;
        var section = new ConfSection();
        Set(key, section);
        return section;
    }

    public bool Equals(ConfSection? other) => other is not null && _fields.SequenceEqual(other._fields);

    public override int GetHashCode() => _fields.Count;
}

/// <param name="Comment">Stands behind the value.</param>
internal readonly record struct ConfField(string Key, ConfValue Value, string? Comment)
{
    /// <summary>Where a value comes from makes it no other one.</summary>
    public bool Equals(ConfField other) => Key == other.Key && Value.Equals(other.Value);

    public override int GetHashCode() => Key.GetHashCode(StringComparison.Ordinal);
}
