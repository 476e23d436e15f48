using System.Globalization;
using System.Net;
using Edge.Hocon;
using EdgeActors.Settings;

namespace EdgeActors.Config;

/// <summary>A section and its defaults. The first scope with a key wins: backend, the file's backend-defaults, edge.conf.</summary>
internal sealed class ConfigSection(ConfigReading reading, params IReadOnlyList<ConfigScope> scopes)
{
    public ConfigReading Reading => reading;

    public IReadOnlyList<ConfigScope> Scopes => scopes;

    public string Path => scopes[0].Path;

    public string Name { get; init; } = "";

    /// <summary>The section provides defaults for other sections, so keys without a default are not allowed.</summary>
    public bool IsDefaults { get; init; }

    private HoconOrigin Origin => scopes[0].BuiltIn ? reading.File : scopes[0].Object.Origin;

    /// <summary>The built-in <c>edge.conf</c> has every default.</summary>
    public ConfigValue this[string key] =>
        Find(key) ?? throw new InvalidOperationException($"The built-in edge.conf lacks {scopes[^1].PathOf(key)}.");

    public ConfigValue? Find(string key) => scopes.Select(scope => FindIn(scope, key)).FirstOrDefault(static value => value is not null);

    public ConfigValue? FindOwn(string key) => FindIn(scopes[0], key);

    private ConfigValue? FindIn(ConfigScope scope, string key) =>
        scope.Object.TryGet(key, out var value) ? new ConfigValue(reading, value, scope.PathOf(key), scope.BuiltIn) : null;

    /// <summary>Whether a scope has "off" for the key, and no section before it has one of the <paramref name="switches"/>.</summary>
    public bool IsOff(string key, IReadOnlyList<string> switches)
    {
        foreach (var scope in scopes)
        {
            if (scope.Object.Find(key) is HoconObject below && switches.Any(name => below.TryGet(name, out _)))
                return false;
            if (FindIn(scope, key) is { IsOff: true })
                return true;
        }
        return false;
    }

    /// <summary>The subsection, from every scope in which it is an object.</summary>
    /// <param name="instead">Alternative types of the key, for the message.</param>
    public ConfigSection Section(string key, string instead = "")
    {
        if (Find(key) is { Value: not HoconObject } value)
            value.Fail($"{value.Shown} where a section is expected: {key} {{ ... }}{instead}");
        return new ConfigSection(reading, [.. Below(key)]);
    }

    private IEnumerable<ConfigScope> Below(string key) => scopes
        .Where(scope => scope.Object.Find(key) is HoconObject)
        .Select(scope => new ConfigScope((HoconObject)scope.Object.Find(key)!, scope.PathOf(key), scope.BuiltIn));

    /// <param name="inherited">The subset of <paramref name="all"/> that default scopes may have.</param>
    public void ReportUnknownKeys(IReadOnlyList<string> all, IReadOnlyList<string> inherited)
    {
        for (var i = 0; i < scopes.Count; i++)
        {
            var known = i == 0 && !IsDefaults ? all : inherited;
            foreach (var field in scopes[i].Object.Fields)
            {
                if (!scopes[i].BuiltIn && !known.Contains(field.Key))
                    reading.Report(field.KeyOrigin, scopes[i].PathOf(field.Key), "unknown key" + Nearest.Hint(field.Key, known));
            }
        }
    }

    /// <summary>An error of the section, or of a missing <paramref name="key"/>.</summary>
    public void Report(string message, string? key = null) => reading.Report(Origin, key is null ? Path : scopes[0].PathOf(key), message);

    /// <summary>A conflict between valid keys, reported at the first one that the file has.</summary>
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

/// <param name="Path">For messages.</param>
/// <param name="BuiltIn">Unchecked: the built-in <c>edge.conf</c>, or checked elsewhere.</param>
internal readonly record struct ConfigScope(HoconObject Object, string Path, bool BuiltIn = false)
{
    public string PathOf(string key)
    {
        var element = HoconReader.JoinPath(key);
        return Path.Length == 0 ? element : $"{Path}.{element}";
    }
}

/// <param name="IsBuiltIn">The value is a default, not from the file.</param>
internal readonly record struct ConfigValue(ConfigReading Reading, HoconValue Value, string Path, bool IsBuiltIn = false)
{
    /// <summary>Null for a list, a section or null.</summary>
    public string? Text => Value is HoconScalar { IsNull: false } scalar ? scalar.Text : null;

    public bool IsOff => Text is "off" or "false";

    /// <summary>The items of a list; any other value is a list of one.</summary>
    public IReadOnlyList<ConfigValue> Items
    {
        get
        {
            var (reading, path) = (Reading, Path);
            return Value is HoconArray list ? [.. list.Items.Select(item => new ConfigValue(reading, item, path))] : [this];
        }
    }

    public ConfigValue Below(HoconField field) => new(Reading, field.Value, $"{Path}.{HoconReader.JoinPath(field.Key)}");

    /// <summary>The words of a list, or of comma-separated text (environment variables are text).</summary>
    /// <param name="expected">The error for a value that is not text.</param>
    public IEnumerable<(string Word, ConfigValue At)> Words(string expected)
    {
        foreach (var item in Items)
        {
            if (item.Text is null)
                item.Fail($"{item.Shown} {expected}");
            foreach (var word in item.Text?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [])
                yield return (word, item);
        }
    }

    /// <summary>For messages: shortened, on one line.</summary>
    public string Shown => Text is { } text
        ? $"'{(text.Length <= 80 ? text : text[..77] + "...").ReplaceLineEndings(" ")}'"
        : Value.Kind;

    /// <summary>A duration in HOCON notation, for messages.</summary>
    public static string Show(TimeSpan duration) => duration.TotalSeconds >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds}s")
        : string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds}ms");

    /// <returns>Always null.</returns>
    public object? Fail(string message)
    {
        Reading.Report(Value.Origin, Path, message);
        return null;
    }

    /// <param name="example">A valid address and the alternatives.</param>
    public BindSettings? Bind(string example) => Parse<BindSettings>(Addresses.TryReadBind, example);

    public EndPoint? Server(string example) => Parse<EndPoint>(Addresses.TryReadServer, example);

    /// <summary>The same as <see cref="Server"/>; a Unix socket is valid, too.</summary>
    public EndPoint? BackendServer() => Parse<EndPoint>(Addresses.TryReadBackendServer, "\"10.0.0.2:443\"");

    private T? Parse<T>(Parser<T> parse, string example)
        where T : class
    {
        T? parsed = null;
        if (Text is not { } text)
            Fail($"{Shown} where an address is expected, such as {example}");
        else if (!parse(text, out parsed, out var error))
            Fail(error);
        return parsed;
    }

    private delegate bool Parser<T>(string text, out T? parsed, out string error);
}

/// <summary>The state of one read: the errors found and the facts shared between sections.</summary>
/// <param name="file">The default location of an error.</param>
internal sealed class ConfigReading(HoconOrigin file)
{
    private readonly HashSet<ConfigError> _errors = [], _warnings = [];
    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);
    private readonly List<(BindSettings Bind, string Owner)> _binds = [];

    public HoconOrigin File { get; } = file;

    /// <summary>All backend names, invalid backends included, so that a route to one is not a second error.</summary>
    public IReadOnlyList<string> Backends { get; init; } = [];

    public KeyNotes Keys { get; } = new();

    /// <summary>Files other than the configuration itself.</summary>
    public List<HoconFile> Files { get; } = [];

    /// <summary>In file order, without duplicates: a default is read once per backend.</summary>
    public IReadOnlyList<ConfigError> Errors() => InOrder(_errors);

    /// <summary>Values that are valid but probably wrong, in the same order.</summary>
    public IReadOnlyList<ConfigError> Warnings() => InOrder(_warnings);

    public void Report(HoconOrigin at, string path, string message, bool isWarning = false) =>
        (isWarning ? _warnings : _errors).Add(new ConfigError(at.File, at.Line, path, message));

    private static IReadOnlyList<ConfigError> InOrder(HashSet<ConfigError> errors) => [.. errors
        .OrderBy(static e => e.File, StringComparer.Ordinal).ThenBy(static e => e.Line).ThenBy(static e => e.Path, StringComparer.Ordinal)];

    public void Report(HoconError error) => _errors.Add(new ConfigError(error.File, error.Line, "", error.Message, error.Column));

    /// <summary>Reads a file once, however many sections name it.</summary>
    /// <exception cref="IOException">The file cannot be read or is too large.</exception>
    /// <exception cref="UnauthorizedAccessException">Permission denied.</exception>
    public string ReadFile(string path, int maxSize)
    {
        if (_texts.TryGetValue(path, out var known))
            return known;
        // Stamped before the read, so that a watch detects a write in between.
        Files.Add(new HoconFile(path, null, maxSize + 1).Look());
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read);
        // The length of a device such as /dev/zero is 0, and it has no end.
        if (!stream.CanSeek || (stream.Length == 0 && stream.ReadByte() >= 0))
            throw new IOException("it is no regular file");
        if (stream.Length > maxSize)
            throw new IOException($"it is larger than {maxSize >> 20}MiB");
        using var reader = new StreamReader(stream);
        return _texts[path] = reader.ReadToEnd();
    }

    /// <summary>Reports an address that an earlier section already listens on.</summary>
    public BindSettings Claim(ConfigValue at, BindSettings bind, string owner)
    {
        var other = _binds.Find(earlier => Addresses.Overlap(earlier.Bind, bind));
        if (other.Bind is not null)
            at.Fail($"{bind} is taken by {other.Bind} of {other.Owner}; expected another address or port");
        _binds.Add((bind, owner));
        return bind;
    }

    public void CheckBackend(ConfigValue backend)
    {
        if (!Backends.Contains(backend.Text))
            backend.Fail($"there is no backend '{backend.Text}'{Nearest.Hint(backend.Text!, Backends)}");
    }
}

/// <summary>Validates names that operators choose and later use in commands, logs and metrics.</summary>
internal static class Names
{
    private const int MaxLength = 64;

    public static string Expected => $"expected up to {MaxLength} letters, digits, '-', '_' or '.'";

    public static bool IsName(string name) =>
        name.Length is > 0 and <= MaxLength && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}

/// <summary>Suggests the known word closest to a misspelt one.</summary>
internal static class Nearest
{
    /// <returns><c>; did you mean 'x'?</c> if one is close, else <c>; expected one of ...</c>, or nothing without candidates.</returns>
    public static string Hint(string written, IReadOnlyCollection<string> known)
    {
        if (known.Count == 0)
            return "";
        var best = known.MinBy(word => Distance(written, word))!;
        // A distance beyond a third of the letters means another word.
        return Distance(written, best) <= Math.Max(2, written.Length / 3)
            ? $"; did you mean '{best}'?"
            : $"; expected {(known.Count == 1 ? "" : "one of ")}{string.Join(", ", known)}";
    }

    /// <summary>Levenshtein distance: insertions, deletions, replacements.</summary>
    public static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j - 1], row[j]) + 1);
            }
        }
        return row[b.Length];
    }
}
