using System.Globalization;
using System.Text.Json;
using Edge.Hocon;

namespace EdgeActors.Config;

/// <summary>A line of the key table: how the value is read, and which property of the section's record it becomes.</summary>
internal sealed record Key(string Name, Func<ConfigSection, object?> Read)
{
    private const string DurationExamples = "a duration such as 5s, 100ms or 2m";

    /// <summary>Timers count milliseconds in 32 bits.</summary>
    private static readonly TimeSpan LongestDuration = TimeSpan.FromDays(24);

    private static readonly TimeSpan ShortestDuration = TimeSpan.FromMilliseconds(1);

    /// <summary>The name without hyphens, whatever its case. Null: the value is only checked.</summary>
    public string? Property { get; init; } = Name.Replace("-", "", StringComparison.Ordinal);

    /// <summary>It stands in the section itself or nowhere, as an inherited one would make no sense.</summary>
    public bool IsOwn { get; init; }

    /// <summary>The built-in <c>edge.conf</c> has no value for it.</summary>
    public bool HasNoDefault { get; init; }

    /// <summary>The keys of this section.</summary>
    public KeyTable? Below { get; init; }

    /// <summary>The keys below are of the section itself, though their record is not.</summary>
    public bool IsInline { get; init; }

    public Key As(string? property) => this with { Property = property };

    public static Key Of(string name, Func<ConfigValue, object?> read) => new(name, section => read(section[name]));

    /// <summary>A key without a default that the first scope alone may have.</summary>
    public static Key Own(string name, Func<ConfigSection, ConfigValue?, object?> read) =>
        new(name, section => read(section, section.FindOwn(name))) { IsOwn = true, HasNoDefault = true };

    public static Key Optional(string name, Func<ConfigSection, ConfigValue?, object?> read) =>
        new(name, section => read(section, section.Find(name))) { HasNoDefault = true };

    public static Key Section(string name, KeyTable keys) => new(name, section => keys.Read(section.Section(name))) { Below = keys };

    /// <summary>A section, or one of the words, which are null.</summary>
    public static Key SectionOr(string name, KeyTable keys, string instead, params string[] words) => new(name, section =>
    {
        var value = section[name];
        if (words.Contains(value.Text))
            return null;
        var below = section.Section(name, instead);
        return value.Value is HoconObject ? keys.Read(below) : null;
    }) { Below = keys };

    /// <summary>Keys of this section that make a record of their own.</summary>
    public static Key Inline(string property, KeyTable keys) =>
        new(property, section => keys.Bind(section)) { Below = keys, IsInline = true };

    /// <summary>A section of sections, each over the same defaults.</summary>
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
            if (!Names.IsName(field.Key))
                edge.Reading.Report(field.KeyOrigin, at.Path, $"this is no usable name; {Names.Expected}");
            else if (field.Value is not HoconObject own)
                at.Fail($"{at.Shown} where a {kind} is expected: {example}");
            else if (keys.Read(Over(own, at.Path, field.Key), ("Name", field.Key)) is T one)
                found.Add(one);
        }
        return then(found);

        ConfigSection Over(HoconObject own, string path, string called) =>
            new(edge.Reading, [new ConfigScope(own, path), .. behind]) { Name = called };
    });

    /// <summary>Read for themselves, too: an error in them is reported even where each section has a value of its own.</summary>
    public static Key Defaults<T>(string name, KeyTable<T> keys) => new(name, edge =>
        keys.Read(new ConfigSection(edge.Reading, edge.Section(name).Scopes) { IsDefaults = true }, ("Name", "")))
    {
        Below = keys,
        Property = null,
    };

    /// <summary>From 1 ms, the finest that anything here counts in.</summary>
    /// <param name="zero">Zero is allowed, too.</param>
    /// <param name="longest">Where it is less than what timers can do.</param>
    public static Key Duration(string name, bool zero = false, TimeSpan? longest = null) =>
        Of(name, value => ReadDuration(value, "", zero, longest ?? LongestDuration));

    /// <summary>Null for <paramref name="word"/>.</summary>
    public static Key DurationOr(string word, string name) =>
        Of(name, value => value.Text == word ? null : ReadDuration(value, $"{word} or ", zero: false, LongestDuration));

    public static Key Int(string name, int min, int max) => Of(name, value => ReadInt(value, "", min, max));

    /// <summary>Null for <paramref name="word"/>.</summary>
    public static Key IntOr(string word, string name, int min, int max) =>
        Of(name, value => value.Text == word ? null : ReadInt(value, $" or {word}", min, max));

    /// <summary>Bytes, with a unit or without.</summary>
    public static Key Size(string name, int min, int max) => Of(name, value =>
        HoconSize.Read(value.Text, out var bytes) is HoconUnitStatus.Ok or HoconUnitStatus.NoUnit && bytes >= min && bytes <= max
            ? (int)bytes
            : value.Fail($"{value.Shown} is no size in range; expected {min >> 10}KiB to {max >> 10}KiB"));

    public static Key Flag(string name) => Choice(name, ("on", true), ("off", false), ("true", true), ("false", false));

    /// <summary>The words are the names of the values: <c>fail-check</c> for <c>FailCheck</c>.</summary>
    public static Key Choice<T>(string name)
        where T : struct, Enum =>
        Choice(name, [.. Enum.GetValues<T>().Select(static value => (JsonNamingPolicy.KebabCaseLower.ConvertName($"{value}"), value))]);

    public static Key Choice<T>(string name, params (string Word, T Value)[] choices) => Of(name, value =>
    {
        foreach (var (word, choice) in choices)
        {
            if (value.Text == word)
                return choice;
        }
        var words = choices.Select(static choice => choice.Word).ToArray();
        return value.Fail($"{value.Shown} is not known here; expected {string.Join(", ", words[..^1])} or {words[^1]}");
    });

    /// <summary>A list of words, each of which sets a flag.</summary>
    public static Key Flags<T>(string name, string kind, string example, params (string Word, T Value)[] flags)
        where T : struct, Enum => Of(name, value =>
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
    });

    /// <param name="read">Null for what is no <paramref name="kind"/>.</param>
    /// <param name="none">Words for nothing.</param>
    public static Key Text(string name, string kind, string expected, Func<string, object?> read, params string[] none) => Of(name, value =>
        none.Contains(value.Text) ? null
        : value.Text is { Length: > 0 and <= 1024 } text && read(text) is { } found ? found
        : value.Fail($"{value.Shown} is no {kind}; expected {expected}"));

    private static object? ReadInt(ConfigValue value, string orWord, int min, int max)
    {
        var isNumber = long.TryParse(value.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number);
        return isNumber && number >= min && number <= max
            ? (int)number
            : value.Fail($"{value.Shown} is {(isNumber ? "out of range" : "no whole number")}; expected {min} to {max}{orWord}");
    }

    private static object? ReadDuration(ConfigValue value, string wordOr, bool zero, TimeSpan longest)
    {
        var wrong = HoconDuration.Read(value.Text, out var duration) switch
        {
            HoconUnitStatus.Ok when duration < ShortestDuration && !(zero && duration == TimeSpan.Zero) => "is too short",
            HoconUnitStatus.Ok when duration > longest => $"is longer than {longest.Days}d",
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
