using Edge.Hocon;

namespace EdgeActors.Config;

/// <summary>A section and its defaults; the first scope that has a key wins: a backend, the file's backend-defaults, edge.conf.</summary>
internal sealed class ConfigSection(ConfigReading reading, params IReadOnlyList<ConfigScope> scopes)
{
    public ConfigReading Reading => reading;

    public IReadOnlyList<ConfigScope> Scopes => scopes;

    public string Path => scopes[0].Path;

    /// <summary>The name that the operator gave it, if any.</summary>
    public string Name { get; init; } = "";

    /// <summary>Its values are defaults for sections of their own, which alone have the keys without a default.</summary>
    public bool IsDefaults { get; init; }

    private HoconOrigin Origin => scopes[0].BuiltIn ? reading.File : scopes[0].Object.Origin;

    /// <summary>The built-in <c>edge.conf</c> has every key that has a default.</summary>
    public ConfigValue this[string key] =>
        Find(key) ?? throw new InvalidOperationException($"The built-in edge.conf lacks {scopes[^1].PathOf(key)}.");

    public ConfigValue? Find(string key) => scopes.Select(scope => FindIn(scope, key)).FirstOrDefault(static value => value is not null);

    public ConfigValue? FindOwn(string key) => FindIn(scopes[0], key);

    private ConfigValue? FindIn(ConfigScope scope, string key) =>
        scope.Object.TryGet(key, out var value) ? new ConfigValue(reading, value, scope.PathOf(key)) : null;

    /// <summary>The section below, from every scope that has it as an object.</summary>
    /// <param name="instead">What else the key may be, for the message.</param>
    public ConfigSection Section(string key, string instead = "")
    {
        if (Find(key) is { Value: not HoconObject } value)
            value.Fail($"{value.Shown} where a section is expected: {key} {{ ... }}{instead}");
        return new ConfigSection(reading, [.. Below(key)]);
    }

    private IEnumerable<ConfigScope> Below(string key) => scopes
        .Where(scope => scope.Object.Find(key) is HoconObject)
        .Select(scope => new ConfigScope((HoconObject)scope.Object.Find(key)!, scope.PathOf(key), scope.BuiltIn));

    /// <param name="own">Keys that the first scope alone may have.</param>
    public void ReportUnknownKeys(IReadOnlyList<string> own, IReadOnlyList<string> inherited)
    {
        for (var i = 0; i < scopes.Count; i++)
        {
            IReadOnlyList<string> known = i == 0 && !IsDefaults ? [.. own, .. inherited] : inherited;
            foreach (var field in scopes[i].Object.Fields)
            {
                if (!scopes[i].BuiltIn && !known.Contains(field.Key))
                    reading.Report(field.KeyOrigin, scopes[i].PathOf(field.Key), "unknown key" + Nearest.Hint(field.Key, known));
            }
        }
    }

    /// <summary>An error of the section as a whole, or of a <paramref name="key"/> that it lacks.</summary>
    public void Report(string message, string? key = null) => reading.Report(Origin, key is null ? Path : scopes[0].PathOf(key), message);

    /// <summary>An error between keys each of which is right for itself. It is reported at the first one that the file has.</summary>
    public void ReportAt(ReadOnlySpan<string> keys, string message)
    {
        foreach (var key in keys)
        {
            var scope = scopes.FirstOrDefault(scope => scope.Object.TryGet(key, out _));
            if (scope is { Object: not null, BuiltIn: false })
            {
                FindIn(scope, key)!.Value.Fail(message);
                return;
            }
        }
        throw new InvalidOperationException($"The built-in edge.conf contradicts itself: {message}");
    }
}

/// <summary>An object that has some of a section's keys.</summary>
/// <param name="Path">Where it stands, for messages.</param>
/// <param name="BuiltIn">Its keys need no check: it is of the built-in <c>edge.conf</c>, or checked elsewhere.</param>
internal readonly record struct ConfigScope(HoconObject Object, string Path, bool BuiltIn = false)
{
    public string PathOf(string key)
    {
        var element = HoconReader.JoinPath(key);
        return Path.Length == 0 ? element : $"{Path}.{element}";
    }
}
