using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Edge.Hocon;
using EdgeActors.Settings;

namespace EdgeActors.Config;

/// <summary>A row of the key table: how a value is parsed and which property of the section's record it sets.</summary>
internal sealed record Key(string Name, Func<ConfigSection, object?> Read)
{
    private const string DurationExamples = "a duration such as 5s, 100ms or 2m";

    /// <summary>Timers count milliseconds in 32 bits.</summary>
    private static readonly TimeSpan LongestDuration = TimeSpan.FromDays(24);
    private static readonly TimeSpan ShortestDuration = TimeSpan.FromMilliseconds(1);

    /// <summary>The property name: the key without hyphens, case-insensitive. Null: the value is only checked.</summary>
    public string? Property { get; init; } = Name.Replace("-", "", StringComparison.Ordinal);

    /// <summary>Never inherited.</summary>
    public bool IsOwn { get; init; }

    /// <summary>The built-in <c>edge.conf</c> has no value.</summary>
    public bool HasNoDefault { get; init; }

    public KeyTable? Below { get; init; }

    /// <summary>The keys belong to this section although they fill a nested record.</summary>
    public bool IsInline { get; init; }

    /// <summary>The section contains sections whose names the operator chooses.</summary>
    public bool HasNames { get; init; }

    /// <summary>The value is not shown.</summary>
    public bool IsSecret { get; init; }

    /// <summary>When a change applies; null: as for the enclosing section.</summary>
    public KeyEffect? Effect { get; init; }

    public Key At(KeyEffect effect) => this with { Effect = effect };

    public Key As(string? property) => this with { Property = property };

    public static Key Of(string name, Func<ConfigValue, object?> read) => new(name, section => read(section[name]));

    /// <summary>A key without a default, allowed in the first scope only.</summary>
    public static Key Own(string name, Func<ConfigSection, ConfigValue?, object?> read) =>
        new(name, section => read(section, section.FindOwn(name))) { IsOwn = true, HasNoDefault = true };

    public static Key Optional(string name, Func<ConfigSection, ConfigValue?, object?> read) =>
        new(name, section => read(section, section.Find(name))) { HasNoDefault = true };

    /// <param name="missing">The error if no scope has the key.</param>
    /// <param name="isOwn">Allowed in the first scope only.</param>
    public static Key Needed(string name, string missing, Func<ConfigValue, object?> read, bool isOwn = true)
    {
        return isOwn ? Own(name, Read) : Optional(name, Read);

        object? Read(ConfigSection section, ConfigValue? found)
        {
            if (found is { } value)
                return read(value);
            section.Report(missing, name);
            return null;
        }
    }

    public static Key Section(string name, KeyTable keys) => new(name, section => keys.Read(section.Section(name))) { Below = keys };

    /// <summary>A section, or one of the words that mean null.</summary>
    public static Key SectionOr(string name, KeyTable keys, string instead, params string[] words) => new(name, section =>
    {
        var value = section[name];
        if (words.Contains(value.Text))
            return null;
        var below = section.Section(name, instead);
        return value.Value is HoconObject ? keys.Read(below) : null;
    }) { Below = keys };

    /// <summary>A section, or off (null). An "off" of the defaults holds unless a section has one of the switches.</summary>
    public static Key SectionUnlessOff(string name, KeyTable keys, params string[] switches)
    {
        var any = SectionOr(name, keys, " or off", "off", "false");
        return any with { Read = section => any.Read(section) is { } read && !section.IsOff(name, switches) ? read : null };
    }

    /// <summary>Keys of this section that fill a nested record.</summary>
    public static Key Inline(string property, KeyTable keys) => new(property, section => keys.Bind(section)) { Below = keys, IsInline = true };

    /// <summary>A section of named sections with common defaults.</summary>
    public static Key Named<T>(
        string name, string defaults, KeyTable<T> keys, string kind, string example, Func<List<T>, object> then, bool isNeeded = false) =>
        new(name, edge =>
    {
        var found = new List<T>();
        var all = edge[name];
        if (all.Value is not HoconObject names)
            return all.Fail($"{all.Shown} where a section is expected: {name} {{ ... }}") ?? then(found);
        if (isNeeded && names.Fields.Count == 0)
            edge.Report($"there is no {kind}; expected at least one, such as {example}", name);
        var behind = edge.Section(defaults).Scopes;
        foreach (var field in names.Fields)
        {
            var at = all.Below(field);
            edge.Reading.Keys.Owner = at.Path;
            if (!Names.IsName(field.Key))
                edge.Reading.Report(field.KeyOrigin, at.Path, $"this is no usable name; {Names.Expected}");
            else if (field.Value is not HoconObject own)
                at.Fail($"{at.Shown} where a {kind} is expected: {example}");
            else if (keys.Read(Over(own, at.Path, field.Key), ("Name", field.Key)) is T one)
                found.Add(one);
        }
        edge.Reading.Keys.Owner = null;
        return then(found);

        ConfigSection Over(HoconObject own, string path, string called) =>
            new(edge.Reading, [new ConfigScope(own, path), .. behind]) { Name = called };
    })
    {
        HasNames = true,
    };

    /// <summary>Defaults are read on their own, too, so that an error is reported even if every section overrides the value.</summary>
    public static Key Defaults<T>(string name, KeyTable<T> keys) => new(name, edge =>
        keys.Read(new ConfigSection(edge.Reading, edge.Section(name).Scopes) { IsDefaults = true }, ("Name", "")))
    {
        Below = keys,
        Property = null,
    };

    /// <summary>At least 1 ms, the resolution of timers.</summary>
    /// <param name="or">A word that means null.</param>
    /// <param name="longest">The maximum; at most that of timers.</param>
    public static Key Duration(string name, string? or = null, bool zero = false, TimeSpan? longest = null) =>
        Of(name, value => or is not null && value.Text == or
            ? null
            : ReadDuration(value, or is null ? "" : $"{or} or ", zero, longest ?? LongestDuration));

    /// <param name="or">A word that means null.</param>
    public static Key Int(string name, int min, int max, string? or = null) => Of(name, value =>
    {
        if (or is not null && value.Text == or)
            return null;
        var isNumber = long.TryParse(value.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number);
        return isNumber && number >= min && number <= max
            ? (int)number
            : value.Fail($"{value.Shown} is {(isNumber ? "out of range" : "no whole number")}; "
                + $"expected {min} to {max}{(or is null ? "" : $" or {or}")}");
    });

    /// <summary>Bytes, with an optional unit.</summary>
    /// <param name="or">A word that means null.</param>
    public static Key Size(string name, int min, int max, string? or = null) => Of(name, value =>
        or is not null && value.Text == or ? null
        : HoconSize.Read(value.Text, out var bytes) is HoconUnitStatus.Ok or HoconUnitStatus.NoUnit && bytes >= min && bytes <= max
            ? (int)bytes
            : value.Fail($"{value.Shown} is no size in range; expected {min >> 10}KiB to {max >> 10}KiB{(or is null ? "" : $" or {or}")}"));

    public static Key Flag(string name) => Choice(name, ("on", true), ("off", false), ("true", true), ("false", false));

    /// <summary>The words are the enum's names in kebab case: <c>fail-check</c> for <c>FailCheck</c>.</summary>
    public static Key Choice<T>(string name)
        where T : struct, Enum =>
        Choice(name, [.. Enum.GetValues<T>().Select(static value => (JsonNamingPolicy.KebabCaseLower.ConvertName($"{value}"), value))]);

    public static Key Choice<T>(string name, params (string Word, T Value)[] choices) => Of(name, value =>
    {
        if (Array.FindIndex(choices, choice => choice.Word == value.Text) is var i and >= 0)
            return choices[i].Value;
        var words = choices.Select(static choice => choice.Word).ToArray();
        return value.Fail($"{value.Shown} is not known here; expected {string.Join(", ", words[..^1])} or {words[^1]}");
    });

    /// <summary>A list of words, each setting a flag.</summary>
    public static Key Flags<T>(string name, string kind, string example, params (string Word, T Value)[] flags)
        where T : struct, Enum => Of(name, value => ReadFlags(value, kind, example, flags));

    /// <returns>Null if the value is no list.</returns>
    public static object? ReadFlags<T>(ConfigValue value, string kind, string example, params (string Word, T Value)[] flags)
        where T : struct, Enum
    {
        if (value.Value is not HoconArray)
            return value.Fail($"{value.Shown} where a list is expected: {example} or []");
        var found = 0;
        foreach (var item in value.Items)
        {
            if (Array.FindIndex(flags, flag => flag.Word == item.Text) is var i and >= 0)
                found |= Convert.ToInt32(flags[i].Value, CultureInfo.InvariantCulture);
            else
                item.Fail($"{item.Shown} is no {kind}; expected some of {string.Join(", ", flags.Select(static flag => flag.Word))}");
        }
        return Enum.ToObject(typeof(T), found);
    }

    /// <param name="read">Returns null for text that is no <paramref name="kind"/>.</param>
    /// <param name="none">Words that mean null.</param>
    public static Key Text(string name, string kind, string expected, Func<string, object?> read, params string[] none) => Of(name, value =>
        none.Contains(value.Text) ? null
        : value.Text is { Length: > 0 and <= 1024 } text && read(text) is { } found ? found
        : value.Fail($"{value.Shown} is no {kind}; expected {expected}"));

    private static object? ReadDuration(ConfigValue value, string wordOr, bool zero, TimeSpan longest)
    {
        var wrong = HoconDuration.Read(value.Text, out var duration) switch
        {
            HoconUnitStatus.Ok when duration < ShortestDuration && !(zero && duration == TimeSpan.Zero) => "is too short",
            HoconUnitStatus.Ok when duration > longest => $"is longer than {(longest.Days > 0 ? $"{longest.Days}d" : $"{longest.Hours}h")}",
            HoconUnitStatus.Ok => "",
            HoconUnitStatus.NoUnit => "has no unit",
            HoconUnitStatus.Infinite => "has no end",
            HoconUnitStatus.Negative => "is negative",
            HoconUnitStatus.UnknownUnit => "has an unknown unit",
            HoconUnitStatus.OutOfRange => "is out of range",
            _ => "is no duration",
        };
        return wrong.Length == 0 ? duration : value.Fail($"{value.Shown} {wrong}; expected {wordOr}{DurationExamples}");
    }
}

/// <summary>The keys of a section, used for values, unknown keys and paths.</summary>
internal abstract class KeyTable(IReadOnlyList<Key> keys)
{
    public IReadOnlyList<Key> Keys { get; } = keys;

    /// <summary>As written in a section, inline tables flattened.</summary>
    private readonly Key[] _flat = [.. keys.SelectMany(static key => key.IsInline ? key.Below!._flat : [key])];

    private string[]? _known, _inherited;

    /// <summary>The keys allowed in a section, its own first.</summary>
    private string[] Known => _known ??= [.. _flat.OrderByDescending(static key => key.IsOwn).Select(static key => key.Name)];

    /// <summary>The keys allowed in the defaults of a section.</summary>
    private string[] Inherited => _inherited ??= [.. _flat.Where(static key => !key.IsOwn).Select(static key => key.Name)];

    /// <param name="given">Properties set without a key.</param>
    public object? Read(ConfigSection section, params ReadOnlySpan<(string Property, object? Value)> given)
    {
        section.ReportUnknownKeys(Known, Inherited);
        return Bind(section, given);
    }

    /// <summary><see cref="Read"/> for a section with additional keys.</summary>
    public abstract object? Bind(ConfigSection section, params ReadOnlySpan<(string Property, object? Value)> given);

    /// <summary>The paths of every key with a default, and of their sections.</summary>
    public IEnumerable<string> Paths(string prefix = "") => _flat.Where(static key => !key.HasNoDefault)
        .SelectMany(key => key.Below?.Paths($"{prefix}{key.Name}.").Prepend(prefix + key.Name) ?? [prefix + key.Name]);
}

/// <summary>A section with one key, read as that key's value.</summary>
internal sealed class KeyAlone(Key key) : KeyTable([key])
{
    public override object? Bind(ConfigSection section, params ReadOnlySpan<(string Property, object? Value)> given) =>
        section.Reading.Keys.Read(Keys[0], section);
}

/// <summary>A section read into a record: each value is a constructor parameter or a property.</summary>
internal sealed class KeyTable<T> : KeyTable
{
    private static readonly ConstructorInfo Constructor = typeof(T).GetConstructors().MaxBy(static c => c.GetParameters().Length)!;

    private static readonly string[] Parameters = [.. Constructor.GetParameters().Select(static parameter => parameter.Name!)];

    private static readonly PropertyInfo[] Properties = [.. typeof(T).GetProperties()
        .Where(static property => property.CanWrite && !Parameters.Contains(property.Name, StringComparer.OrdinalIgnoreCase))];

    public KeyTable(params Key[] keys)
        : base(keys)
    {
        var names = Parameters.Concat(Properties.Select(static property => property.Name)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (Array.Find(keys, key => key.Property is { } property && !names.Contains(property)) is { } key)
            throw new InvalidOperationException($"{typeof(T).Name} has no property for the key {key.Name}.");
    }

    /// <summary>Cross-key checks and conversion of the record; null after errors or if off.</summary>
    public Func<T, ConfigSection, object?>? Then { get; init; }

    public override object? Bind(ConfigSection section, params ReadOnlySpan<(string Property, object? Value)> given)
    {
        var values = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (property, value) in given)
            values[property] = value;
        foreach (var key in Keys.Where(key => !(key.IsOwn && section.IsDefaults)))
        {
            var value = section.Reading.Keys.Read(key, section);
            if (key.Property is { } property)
                values[property] = value;
        }
        // Null marks an error if the property is not nullable; the record is then discarded.
        var record = Constructor.Invoke([.. Parameters.Select(name => values.GetValueOrDefault(name))]);
        foreach (var property in Properties)
        {
            if (values.TryGetValue(property.Name, out var value))
                property.SetValue(record, value);
        }
        return Then is null ? record : Then((T)record, section);
    }
}
