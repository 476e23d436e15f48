using Edge.Hocon;

namespace EdgeActors.Config;

/// <summary>Sections and servers whose names operators choose, and later type into commands and read in logs and metrics.</summary>
internal static class Names
{
    private const int MaxLength = 64;

    public static string Expected => $"expected up to {MaxLength} letters, digits, '-', '_' or '.'";

    public static bool IsName(string name) =>
        name.Length is > 0 and <= MaxLength && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    /// <summary>A section of sections, each over the same defaults.</summary>
    public static Key Sections<T>(
        string name, string defaults, KeyTable<T> keys, string kind, string example, Func<List<T>, object> then, bool isNeeded = false) => new(name, edge =>
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
            if (!IsName(field.Key))
                edge.Reading.Report(field.KeyOrigin, at.Path, $"this is no usable name; {Expected}");
            else if (field.Value is not HoconObject own)
                at.Fail($"{at.Shown} where a {kind} is expected: {example}");
            else if (keys.Read(new ConfigSection(edge.Reading, [new ConfigScope(own, at.Path), .. behind]) { Name = field.Key }, ("Name", field.Key)) is T one)
                found.Add(one);
        }
        return then(found);
    });

    /// <summary>Read for themselves, too: an error in them is reported even where each section has a value of its own.</summary>
    public static Key Defaults<T>(string name, KeyTable<T> keys) => new(name, edge =>
        keys.Read(new ConfigSection(edge.Reading, edge.Section(name).Scopes) { IsDefaults = true }, ("Name", ""))) { Below = keys, Property = null };
}
