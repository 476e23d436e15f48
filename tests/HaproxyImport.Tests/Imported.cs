using EdgeActors.Config;
using EdgeActors.Settings;
using EdgeHost.Cli;
using EdgeHost.Tests.Harness;

namespace HaproxyImport.Tests;

/// <summary>An import as a spec looks at it.</summary>
internal sealed record Imported(string Hocon, IReadOnlyList<ImportNote> Notes)
{
    private static readonly string s_folder = System.IO.Path.Combine(Repository.Root, "tests", "HaproxyImport.Tests", "Files");

    /// <summary>What the files take from the environment.</summary>
    public static IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>
    {
        ["EDGE_TEST_PORT"] = "8445", ["EDGE_TEST_HOST"] = "10.0.0.9",
        ["EDGE_STATS_USER"] = "operator", ["EDGE_STATS_PASSWORD"] = "hidden",
    };

    /// <summary>A proxy of each kind, for what stands in or beside it.</summary>
    public const string Rest = """
        backend web
          server s1 10.0.0.1:443 send-proxy-v2
        backend api
          server s1 10.0.0.2:443 send-proxy-v2
        """;

    public static IReadOnlyList<string> Files { get; } =
        [.. Directory.GetFiles(s_folder, "*.cfg").Select(static file => System.IO.Path.GetFileName(file)!).Order(StringComparer.Ordinal)];

    public static string Path(string file) => System.IO.Path.Combine(s_folder, file);

    public static Imported File(string file) => Text(System.IO.File.ReadAllText(Path(file)), file);

    public static Imported Text(string text, string name = "haproxy.cfg")
    {
        var result = HaproxyImporter.Run([new ImportSource(name, text)], static file =>
            System.IO.File.Exists(Path(file)) ? System.IO.File.ReadAllText(Path(file)) : null, ImportVerb.Syntax);
        return new Imported(result.Hocon, result.Notes);
    }

    /// <summary>A frontend with these lines that waits for the hello, and two backends: web and api.</summary>
    public static Imported Frontend(string lines) => Text($"""
        frontend tls
        bind 127.0.0.1:443
        {lines}
        {(lines.Contains("inspect-delay", StringComparison.Ordinal) ? "" : Waits)}
        {Rest}
        """);

    private const string Waits = "tcp-request inspect-delay 5s\ntcp-request content accept if { req.ssl_hello_type 1 }";

    /// <summary>A backend with these lines, to which everything leads.</summary>
    public static Imported Backend(string lines) => Text($"""
        frontend tls
        bind 127.0.0.1:443
        default_backend web
        backend web
        {lines}
        """);

    /// <summary>As Edge reads it, without an error.</summary>
    public EdgeSettings Settings()
    {
        using var folder = new TestFolder();
        foreach (var list in Directory.GetFiles(s_folder, "*.lst"))
            System.IO.File.Copy(list, folder.File(System.IO.Path.GetFileName(list)));
        var read = EdgeSettingsReader.Load(folder.Write("edge.conf", Hocon), Environment.GetValueOrDefault);
        Assert.True(read.Errors.Count == 0, $"{string.Join('\n', read.Errors)}\n{Hocon}");
        return read.Settings!;
    }

    public ListenerSettings Listener() => Assert.Single(Settings().Listeners);

    public BackendSettings Web() => Settings().Backends["web"];

    /// <summary>The backend or the refusal, by server name.</summary>
    public IReadOnlyDictionary<string, string?> Routes() => ByName(Settings().Routes);

    /// <summary>Routes of a listener of its own.</summary>
    public IReadOnlyDictionary<string, string?> Routes(string listener) =>
        ByName(Settings().Listeners.Single(one => one.Name == listener).Routes!);

    private static Dictionary<string, string?> ByName(IReadOnlyList<RouteSettings> routes) =>
        routes.ToDictionary(static route => route.ServerName, static route => route.Backend ?? route.Refuse?.ToString());

    /// <summary>That something was told of this line, in these words among others.</summary>
    public Imported Tells(int line, string words)
    {
        Assert.True(
            Notes.Any(note => note.Line == line && $"{note.What}: {note.Instead}".Contains(words, StringComparison.Ordinal)),
            $"nothing of '{words}' in line {line}, but\n{string.Join('\n', Notes)}");
        return this;
    }

    public Imported TellsNothingOf(int line)
    {
        Assert.DoesNotContain(Notes, note => note.Line == line);
        return this;
    }

    public Imported TellsNothing()
    {
        Assert.Empty(Notes);
        return this;
    }
}
