using System.Globalization;
using System.Net;
using Edge.Hocon;
using EdgeActors.Settings;

namespace EdgeActors.Config;

/// <summary>A section and its defaults; the first scope that has a key wins: a backend, the file's backend-defaults, edge.conf.</summary>
internal sealed class ConfigSection(ConfigReading reading, params IReadOnlyList<ConfigScope> scopes)
{
    public ConfigReading Reading => reading;

    public IReadOnlyList<ConfigScope> Scopes => scopes;

    public string Path => scopes[0].Path;

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

    /// <param name="all">Keys of the first scope.</param>
    /// <param name="inherited">Those of them that the scopes of defaults may have.</param>
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

/// <summary>A value of the configuration, and its path.</summary>
internal readonly record struct ConfigValue(ConfigReading Reading, HoconValue Value, string Path)
{
    /// <summary>Null where it is a list, a section or null.</summary>
    public string? Text => Value is HoconScalar { IsNull: false } scalar ? scalar.Text : null;

    public bool IsOff => Text is "off" or "false";

    /// <summary>Those of a list. Another value stands for a list of itself.</summary>
    public IReadOnlyList<ConfigValue> Items
    {
        get
        {
            var (reading, path) = (Reading, Path);
            return Value is HoconArray list ? [.. list.Items.Select(item => new ConfigValue(reading, item, path))] : [this];
        }
    }

    public ConfigValue Below(HoconField field) => new(Reading, field.Value, $"{Path}.{HoconReader.JoinPath(field.Key)}");

    /// <summary>The words of a list; as text, which an environment variable is, they have commas between them.</summary>
    /// <param name="expected">For what is no text.</param>
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

    /// <summary>In a message: short, and on one line.</summary>
    public string Shown => Text is { } text
        ? $"'{(text.Length <= 80 ? text : text[..77] + "...").ReplaceLineEndings(" ")}'"
        : Value.Kind;

    /// <summary>A duration in a message, as it could stand in the file.</summary>
    public static string Show(TimeSpan duration) => duration.TotalSeconds >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds}s")
        : string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds}ms");

    /// <returns>Null, in place of the value.</returns>
    public object? Fail(string message)
    {
        Reading.Report(Value.Origin, Path, message);
        return null;
    }

    /// <param name="example">Such an address, and what else may stand here.</param>
    public BindSettings? Bind(string example) => Parse<BindSettings>(Addresses.TryReadBind, example);

    public EndPoint? Server(string example) => Parse<EndPoint>(Addresses.TryReadServer, example);

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

/// <summary>One reading of one configuration: the errors that were found, and what sections have to know of each other.</summary>
/// <param name="file">The place of an error that has no other.</param>
internal sealed class ConfigReading(HoconOrigin file)
{
    private readonly HashSet<ConfigError> _errors = [];
    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);
    private readonly List<(BindSettings Bind, string Owner)> _binds = [];

    public HoconOrigin File { get; } = file;

    /// <summary>The names of all backends, those with errors included: a route to one of them is not a second error.</summary>
    public IReadOnlyList<string> Backends { get; init; } = [];

    /// <summary>Files besides those of the configuration itself.</summary>
    public List<HoconFile> Files { get; } = [];

    /// <summary>In the order of the files. Each once, though a default is read for many backends.</summary>
    public IReadOnlyList<ConfigError> Errors() => [.. _errors
        .OrderBy(static e => e.File, StringComparer.Ordinal).ThenBy(static e => e.Line).ThenBy(static e => e.Path, StringComparer.Ordinal)];

    public void Report(HoconOrigin at, string path, string message) => _errors.Add(new ConfigError(at.File, at.Line, path, message));

    public void Report(HoconError error) => _errors.Add(new ConfigError(error.File, error.Line, "", error.Message, error.Column));

    /// <summary>The text of another file, which is read once, however many sections name it.</summary>
    /// <exception cref="IOException">It cannot be read, or is too large.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public string ReadFile(string path, int maxSize)
    {
        if (_texts.TryGetValue(path, out var known))
            return known;
        // Looked at before it is read: what is written in between is then a change that a watch sees.
        Files.Add(new HoconFile(path, null, maxSize + 1).Look());
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read);
        if (!stream.CanSeek)
            throw new IOException("it is no regular file");
        if (stream.Length > maxSize)
            throw new IOException($"it is larger than {maxSize >> 20}MiB");
        using var reader = new StreamReader(stream);
        return _texts[path] = reader.ReadToEnd();
    }

    /// <summary>Reports an address that an earlier section listens on already.</summary>
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

/// <summary>Names that operators choose, and later type into commands and read in logs and metrics.</summary>
internal static class Names
{
    private const int MaxLength = 64;

    public static string Expected => $"expected up to {MaxLength} letters, digits, '-', '_' or '.'";

    public static bool IsName(string name) =>
        name.Length is > 0 and <= MaxLength && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}

/// <summary>Which of the known words was probably meant.</summary>
internal static class Nearest
{
    /// <returns><c>; did you mean 'x'?</c> when one is close, else <c>; expected one of ...</c>, or nothing when there are none.</returns>
    public static string Hint(string written, IReadOnlyCollection<string> known)
    {
        if (known.Count == 0)
            return "";
        var best = known.MinBy(word => Distance(written, word))!;
        // Beyond a third of its letters a word is another word.
        return Distance(written, best) <= Math.Max(2, written.Length / 3)
            ? $"; did you mean '{best}'?"
            : $"; expected {(known.Count == 1 ? "" : "one of ")}{string.Join(", ", known)}";
    }

    /// <summary>Levenshtein: letters to insert, delete or replace.</summary>
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
