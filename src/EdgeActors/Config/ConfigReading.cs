using Edge.Hocon;

namespace EdgeActors.Config;

/// <summary>One reading of one configuration: gathers the mistakes, and the keys that were asked for, by which unknown ones are found.</summary>
internal sealed class ConfigReading
{
    private readonly HashSet<ConfigMistake> _mistakes = [];
    private readonly List<ConfigSection> _sections = [];

    /// <summary>Every path that was asked of the built-in defaults.</summary>
    public HashSet<string> AskedDefaults { get; } = [];

    /// <summary>Files besides those of the configuration itself.</summary>
    public List<HoconFile> Files { get; } = [];

    /// <summary>Each once, though a default may be read for many backends; in the order of the files.</summary>
    public IReadOnlyList<ConfigMistake> Mistakes() =>
        [.. _mistakes.OrderBy(static m => m.File, StringComparer.Ordinal).ThenBy(static m => m.Line).ThenBy(static m => m.Path, StringComparer.Ordinal)];

    public void Report(HoconOrigin at, string path, string message) => _mistakes.Add(new ConfigMistake(at.File, at.Line, path, message));

    public void Report(HoconError error) => _mistakes.Add(new ConfigMistake(error.File, error.Line, "", error.Message, error.Column));

    public void Add(ConfigSection section) => _sections.Add(section);

    public void ReportUnknownKeys()
    {
        foreach (var section in _sections)
            section.ReportUnknownKeys();
    }
}

/// <summary>An object that answers for a section.</summary>
/// <param name="Path">Where it stands, for messages.</param>
/// <param name="BuiltIn">It comes from the built-in <c>edge.conf</c>, whose keys are right by definition.</param>
internal readonly record struct ConfigScope(HoconObject Object, string Path, bool BuiltIn)
{
    public string PathOf(string key)
    {
        var element = HoconReader.JoinPath(key);
        return Path.Length == 0 ? element : $"{Path}.{element}";
    }
}
