using System.Globalization;
using System.Net;
using Edge.Hocon;
using EdgeActors.Settings;

namespace EdgeActors.Config;

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

    /// <summary>The value of a field of this section.</summary>
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

    /// <summary>An address to listen on.</summary>
    /// <param name="example">Such an address, and what else may stand here.</param>
    public BindSettings? Bind(string example) => Parse<BindSettings>(Addresses.TryReadBind, example);

    /// <summary>An address or a host name, with a port.</summary>
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
        Files.Add(HoconFile.Look(path, maxSize + 1));
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
