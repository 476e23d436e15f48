using Edge.Hocon;
using EdgeActors.Settings;

namespace EdgeActors.Config;

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
