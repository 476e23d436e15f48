using Edge.Hocon;
using EdgeActors.Settings;

namespace EdgeActors.Config;

/// <summary>Configuration text to settings, pure but for the files it reads. Reports all errors of all files at once; throws for none.</summary>
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
