using System.Globalization;
using System.Net;
using Edge.Hocon;

namespace EdgeActors.Config;

/// <summary>A named place in the configuration and the objects that answer for it, the first that has a key wins: a backend, then the
/// file's backend-defaults, then the built-in ones. A getter that finds a mistake reports it and returns the smallest
/// value, which nobody will get to see.</summary>
internal sealed class ConfigSection
{
    private const string DurationExamples = "a duration such as 5s, 100ms or 2m";

    /// <summary>Timers count milliseconds in 32 bits.</summary>
    private static readonly TimeSpan LongestDuration = TimeSpan.FromDays(24);

    private static readonly TimeSpan ShortestDuration = TimeSpan.FromMilliseconds(1);

    private readonly ConfigReading _reading;
    private readonly IReadOnlyList<ConfigScope> _scopes;
    private readonly List<string> _asked = [];
    private readonly List<string> _askedOwn = [];

    public ConfigSection(ConfigReading reading, params IReadOnlyList<ConfigScope> scopes)
    {
        _reading = reading;
        _scopes = scopes;
        reading.Add(this);
    }

    public IReadOnlyList<ConfigScope> Scopes => _scopes;

    public ConfigReading Reading => _reading;

    /// <summary>Where the file has this section; false when it has not.</summary>
    public bool TryOrigin(out HoconOrigin origin)
    {
        origin = _scopes[0].Object.Origin;
        return !_scopes[0].BuiltIn;
    }

    public void ReportUnknownKeys()
    {
        for (var i = 0; i < _scopes.Count; i++)
        {
            var scope = _scopes[i];
            var known = i == 0 ? [.. _askedOwn, .. _asked] : _asked;
            foreach (var field in scope.Object.Fields)
            {
                if (!scope.BuiltIn && !known.Contains(field.Key))
                    _reading.Report(field.KeyOrigin, scope.PathOf(field.Key), "unknown key" + Nearest.Hint(field.Key, known));
            }
        }
    }

    /// <summary>A key that has no default: only the first scope may have it.</summary>
    public HoconValue? FindOwn(string key, out string path)
    {
        _askedOwn.Add(key);
        path = _scopes[0].PathOf(key);
        return _scopes[0].Object.TryGet(key, out var value) ? value : null;
    }

    /// <summary>Null when no scope has the key.</summary>
    public HoconValue? Find(string key, out string path)
    {
        if (!_asked.Contains(key))
            _asked.Add(key);
        HoconValue? found = null;
        path = _scopes[0].PathOf(key);
        foreach (var scope in _scopes)
        {
            if (scope.BuiltIn)
                _reading.AskedDefaults.Add(scope.PathOf(key));
            if (found is null && scope.Object.TryGet(key, out found))
                path = scope.PathOf(key);
        }
        return found;
    }

    /// <summary>The section below, from every scope that has it as an object.</summary>
    /// <param name="instead">What else the key may be, for the message.</param>
    public ConfigSection Section(string key, string instead = "")
    {
        if (Find(key, out var path) is { } value and not HoconObject)
            _reading.Report(value.Origin, path, $"{Shown(value)} where a section is expected: {key} {{ ... }}{instead}");
        return new ConfigSection(_reading, [.. Below(key)]);
    }

    private IEnumerable<ConfigScope> Below(string key)
    {
        foreach (var scope in _scopes)
        {
            if (scope.Object.TryGet(key, out var value) && value is HoconObject below)
                yield return new ConfigScope(below, scope.PathOf(key), scope.BuiltIn);
        }
    }

    /// <summary>The fields of a section whose keys are names that the operator chose.</summary>
    public IReadOnlyList<HoconField> Named(string key, out string path)
    {
        var value = Required(key, out path);
        if (value is HoconObject names)
            return names.Fields;
        _reading.Report(value.Origin, path, $"{Shown(value)} where a section is expected: {key} {{ ... }}");
        return [];
    }

    /// <summary>From 1 ms, the finest that anything here counts in.</summary>
    /// <param name="zero">Nothing at all may stand here, too.</param>
    /// <param name="longest">Where it is less than what timers can do.</param>
    public TimeSpan Duration(string key, bool zero = false, TimeSpan? longest = null) =>
        Duration(Required(key, out var path), path, "", zero, longest ?? LongestDuration);

    /// <summary>Null for <paramref name="word"/>.</summary>
    public TimeSpan? DurationOr(string word, string key)
    {
        var value = Required(key, out var path);
        return value is HoconScalar { IsNull: false } scalar && scalar.Text == word
            ? null
            : Duration(value, path, $"{word} or ", zero: false, LongestDuration);
    }

    private TimeSpan Duration(HoconValue value, string path, string wordOr, bool zero, TimeSpan most)
    {
        var duration = TimeSpan.Zero;
        var wrong = value is not HoconScalar { IsNull: false } scalar
            ? "is no duration"
            : HoconDuration.Read(scalar.Text, out duration) switch
            {
                HoconUnitStatus.Ok when duration < ShortestDuration && !(zero && duration == TimeSpan.Zero) => "is too short",
                HoconUnitStatus.Ok when duration > most => $"is longer than {most.Days}d",
                HoconUnitStatus.Ok => "",
                HoconUnitStatus.NoUnit => "has no unit",
                HoconUnitStatus.Infinite => "has no end",
                HoconUnitStatus.Negative => "is negative",
                HoconUnitStatus.UnknownUnit => "has an unknown unit",
                HoconUnitStatus.OutOfRange => "is out of range",
                _ => "is no duration",
            };
        if (wrong.Length == 0)
            return duration;
        _reading.Report(value.Origin, path, $"{Shown(value)} {wrong}; expected {wordOr}{DurationExamples}");
        return TimeSpan.Zero;
    }

    public int Int(string key, int min, int max) => Int(Required(key, out var path), path, "", min, max);

    /// <summary>Null for <paramref name="word"/>.</summary>
    public int? IntOr(string word, string key, int min, int max)
    {
        var value = Required(key, out var path);
        return value is HoconScalar { IsNull: false } scalar && scalar.Text == word ? null : Int(value, path, $" or {word}", min, max);
    }

    private int Int(HoconValue value, string path, string orWord, int min, int max)
    {
        var number = 0L;
        var isNumber = value is HoconScalar scalar && long.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
        if (isNumber && number >= min && number <= max)
            return (int)number;
        _reading.Report(value.Origin, path, $"{Shown(value)} is {(isNumber ? "out of range" : "no whole number")}; expected {min} to {max}{orWord}");
        return min;
    }

    /// <summary>Bytes. Without a unit they are bytes already.</summary>
    /// <returns>Null for the word.</returns>
    public IPAddress? AddressOr(string word, string key)
    {
        var value = Required(key, out var path);
        if (value is HoconScalar scalar)
        {
            if (scalar.Text == word)
                return null;
            // IPAddress.TryParse takes "1" for 0.0.0.1; an address as people write it has its dots or colons.
            if (scalar.Text.AsSpan().ContainsAny('.', ':') && IPAddress.TryParse(scalar.Text, out var address))
                return address;
        }
        _reading.Report(value.Origin, path, $"{Shown(value)} is no IP address; expected {word} or an address such as \"10.0.0.5\"");
        return null;
    }

    public int Size(string key, int min, int max)
    {
        var value = Required(key, out var path);
        if (value is HoconScalar { IsNull: false } scalar
            && HoconSize.Read(scalar.Text, out var bytes) is HoconUnitStatus.Ok or HoconUnitStatus.NoUnit && bytes >= min && bytes <= max)
            return (int)bytes;
        _reading.Report(value.Origin, path, $"{Shown(value)} is no size in range; expected {min >> 10}KiB to {max >> 10}KiB");
        return min;
    }

    public bool Flag(string key) => Choice(key, ("on", true), ("off", false), ("true", true), ("false", false));

    public T Choice<T>(string key, params ReadOnlySpan<(string Word, T Value)> choices)
    {
        var value = Required(key, out var path);
        foreach (var (word, choice) in choices)
        {
            if (value is HoconScalar scalar && scalar.Text == word)
                return choice;
        }
        var words = new List<string>();
        foreach (var (word, _) in choices)
            words.Add(word);
        _reading.Report(value.Origin, path, $"{Shown(value)} is not known here; expected {string.Join(", ", words[..^1])} or {words[^1]}");
        return choices[0].Value;
    }

    /// <summary>A mistake between keys that are right each for itself. It is told at the first one that the operator wrote.</summary>
    public void Report(string message, params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            foreach (var scope in _scopes)
            {
                if (!scope.Object.TryGet(key, out var value))
                    continue;
                if (!scope.BuiltIn)
                {
                    _reading.Report(value.Origin, scope.PathOf(key), message);
                    return;
                }
                break;
            }
        }
        throw new InvalidOperationException($"The built-in edge.conf contradicts itself: {message}");
    }

    private HoconValue Required(string key, out string path) =>
        Find(key, out path) ?? throw new InvalidOperationException($"The built-in edge.conf lacks {path}.");

    /// <summary>A duration in a message, as it could stand in the file.</summary>
    public static string Shown(TimeSpan duration) => duration.TotalSeconds >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds}s")
        : string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds}ms");

    /// <summary>A value in a message: short, and on one line.</summary>
    public static string Shown(HoconValue value)
    {
        if (value is not HoconScalar { IsNull: false } scalar)
            return HoconKind.Of(value);
        var text = scalar.Text.Length <= 80 ? scalar.Text : scalar.Text[..77] + "...";
        return $"'{text.ReplaceLineEndings(" ")}'";
    }
}
