using Edge.Hocon;
using EdgeActors.Settings;

namespace EdgeActors.Config;

/// <summary>Reads settings from configuration text and its files. All errors are reported at once; none is thrown.</summary>
public static class EdgeSettingsReader
{
    private const string DefaultsName = "edge.conf (built in)";

    /// <summary>The file of all defaults, <c>hocon/edge.conf</c> in the sources, as it was built in.</summary>
    internal static HoconObject Defaults { get; } = ReadDefaults();

    /// <param name="environment">What <c>${?NAME}</c> sees; null: the environment of this process.</param>
    public static EdgeSettingsResult Load(string path, Func<string, string?>? environment = null) =>
        Read(HoconReader.ReadFile(path, environment ?? Environment.GetEnvironmentVariable));

    /// <summary>As <see cref="Load"/>, for text that is in no file; it cannot include any.</summary>
    public static EdgeSettingsResult ReadText(string text, string name = "text", Func<string, string?>? environment = null) =>
        Read(HoconReader.ReadText(text, name, environment ?? Environment.GetEnvironmentVariable));

    private static EdgeSettingsResult Read(HoconResult file)
    {
        var backends = file.Root?.Find("edge", "backends") is HoconObject names ? names.Fields.Select(static field => field.Key) : [];
        var reading = new ConfigReading(file.Root?.Origin ?? default) { Backends = [.. backends] };
        foreach (var error in file.Errors)
            reading.Report(error);
        var settings = file.Root is { } root ? Read(root, reading) : null;
        var errors = reading.Errors();
        return new EdgeSettingsResult(errors.Count == 0 ? settings : null, errors) { Files = [.. file.Files, .. reading.Files] };
    }

    private static EdgeSettings? Read(HoconObject file, ConfigReading reading)
    {
        var root = new ConfigSection(reading, new ConfigScope(file, ""), new ConfigScope(Defaults, "", BuiltIn: true));
        root.ReportUnknownKeys([], ["edge", "akka"]);
        var edge = root.Section("edge");
        return (EdgeSettings?)EdgeKeys.Edge.Read(edge, (nameof(EdgeSettings.AkkaHocon), ReadAkka(root)));
    }

    private static HoconObject ReadDefaults()
    {
        using var stream = typeof(EdgeSettingsReader).Assembly.GetManifestResourceStream("edge.conf")!;
        using var reader = new StreamReader(stream);
        return HoconReader.ReadText(reader.ReadToEnd(), DefaultsName).RootOrThrow();
    }

    private static object? ReadAkka(ConfigSection root) => root.FindOwn("akka") switch
    {
        null => "",
        { Value: HoconObject akka } => new HoconObject([new HoconField("akka", akka, akka.Origin)], akka.Origin).Render(),
        { } other => other.Fail($"{other.Shown} where a section is expected: akka {{ ... }}"),
    };
}

/// <summary>One error in the configuration, reported so that it can be corrected without reading code.</summary>
/// <param name="File">As it was given, or as the including file leads to it.</param>
/// <param name="Line">From 1; 0 when the error has no line (an unreadable file, a section that is missing altogether).</param>
/// <param name="Path">Dotted, e.g. <c>edge.backends.web.servers</c>; empty for text that is not HOCON.</param>
/// <param name="Message">What is wrong and what is expected.</param>
/// <param name="Column">From 1, for text that is not HOCON; else 0, as the path says enough.</param>
public sealed record ConfigError(string File, int Line, string Path, string Message, int Column = 0)
{
    /// <summary><c>file:line: path: message</c> or <c>file:line:column: message</c>, parts that are not there left out.</summary>
    public override string ToString()
    {
        var place = (Line, Column) switch
        {
            (0, _) => File,
            (_, 0) => $"{File}:{Line}",
            _ => $"{File}:{Line}:{Column}",
        };
        return Path.Length > 0 ? $"{place}: {Path}: {Message}" : $"{place}: {Message}";
    }
}

/// <summary>Settings, or all errors that prevent them; never both.</summary>
public sealed record EdgeSettingsResult(EdgeSettings? Settings, IReadOnlyList<ConfigError> Errors)
{
    /// <summary>All that were opened for them, with or without errors; none where they come from a text.</summary>
    public IReadOnlyList<HoconFile> Files { get; init; } = [];
}
