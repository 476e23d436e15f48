using System.Collections.Frozen;
using Edge.Hocon;

namespace EdgeActors.Config;

/// <summary>Configuration text to settings, pure but for the files it reads. Reports every mistake of every file at once; throws for none.</summary>
public static class EdgeSettingsReader
{
    private const string DefaultsName = "edge.conf (built in)";

    private const int Million = 1_000_000;

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
        var reading = new ConfigReading();
        foreach (var error in file.Errors)
            reading.Report(error);
        var settings = file.Root is { } root ? Read(root, Defaults, reading) : null;
        var mistakes = reading.Mistakes();
        return new EdgeSettingsResult(mistakes.Count == 0 ? settings : null, mistakes) { Files = [.. file.Files, .. reading.Files] };
    }

    internal static EdgeSettings Read(HoconObject file, HoconObject defaults, ConfigReading reading)
    {
        var root = new ConfigSection(reading, new ConfigScope(file, "", BuiltIn: false), new ConfigScope(defaults, "", BuiltIn: true));
        var edge = root.Section("edge");
        var silentDrop = edge.Section("silent-drop");
        var backends = BackendReader.Read(edge, reading);
        var listeners = ListenerReader.Read(edge, reading, file.Origin, backends);
        var redirect = HttpRedirectReader.Read(edge, listeners);
        var control = ControlReader.Read(edge);
        var settings = new EdgeSettings
        {
            Listeners = listeners,
            Control = control,
            Upgrade = UpgradeReader.Read(edge, control),
            HttpRedirect = redirect,
            Admin = AdminReader.Read(edge, [.. listeners.SelectMany(static listener => listener.Binds), .. redirect?.Binds ?? []]),
            Routes = RouteReader.Read(edge, reading, backends),
            Backends = backends.Values.OfType<BackendSettings>().ToFrozenDictionary(static backend => backend.Name, StringComparer.Ordinal),
            Limits = LimitReader.Read(edge),
            SilentDrop = new SilentDropSettings(silentDrop.Duration("hold", zero: true), silentDrop.Int("max", 0, Million)),
            DrainTimeout = edge.Duration("drain-timeout", zero: true),
            FloatingIp = FloatingIpReader.Read(edge),
            AdmissionTimeout = edge.Duration("admission-timeout"),
            ReloadWatch = edge.Section("reload").DurationOr("off", "watch"),
            Transport = ReadTransport(edge.Section("transport")),
            Log = LogReader.Read(edge.Section("log")),
            Otlp = OtlpReader.Read(edge),
            Cluster = ClusterReader.Read(edge),
            AkkaHocon = ReadAkka(root, reading),
        };
        reading.ReportUnknownKeys();
        return settings;
    }

    private static HoconObject ReadDefaults()
    {
        using var stream = typeof(EdgeSettingsReader).Assembly.GetManifestResourceStream("edge.conf")!;
        using var reader = new StreamReader(stream);
        return HoconReader.ReadText(reader.ReadToEnd(), DefaultsName).RootOrThrow();
    }

    private static TransportSettings ReadTransport(ConfigSection transport) => new()
    {
        Kind = transport.Choice("kind", ("auto", TransportKind.Auto), ("epoll", TransportKind.Epoll), ("sockets", TransportKind.Sockets)),
        BufferSize = transport.Size("buffer-size", 1 << 10, 1 << 24),
        Reactors = transport.IntOr("auto", "reactors", 1, 1024),
        PipeSize = transport.Size("pipe-size", 1 << 14, 1 << 26),
        MaxPipes = transport.Int("max-pipes", 0, Million),
        PinReactors = transport.Flag("pin-reactors"),
        DeferAccept = transport.Flag("defer-accept"),
    };

    private static string ReadAkka(ConfigSection root, ConfigReading reading)
    {
        switch (root.FindOwn("akka", out var path))
        {
            case null:
                return "";
            case HoconObject akka:
                return new HoconObject([new HoconField("akka", akka, akka.Origin)], akka.Origin).Render();
            case var other:
                reading.Report(other.Origin, path, $"{ConfigSection.Shown(other)} where a section is expected: akka {{ ... }}");
                return "";
        }
    }
}
