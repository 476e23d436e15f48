using Akka.Configuration.Hocon;

namespace Akka.Configuration;

/// <summary>A section of configuration, immutable. A path is dotted; quotes keep a dot inside one of its elements. A getter answers
/// a path that is not there with its default, and a value of the wrong form with the exception of the form's own parser.</summary>
public class Config
{
    public static readonly Config Empty = ConfigurationFactory.Empty;

    private HoconValue _own = null!;

    public Config()
    {
    }

    public Config(HoconRoot root)
    {
        ArgumentNullException.ThrowIfNull(root);
        _own = root.Value ?? throw new ArgumentNullException(nameof(root), "The root has no value.");
        Root = _own;
    }

    public Config(Config source, Config fallback)
    {
        ArgumentNullException.ThrowIfNull(source);
        _own = source._own;
        Root = source.Root;
        Fallback = fallback;
    }

    /// <summary>What the last <see cref="WithFallback"/> put below; null when none did.</summary>
    public Config Fallback { get; private set; } = null!;

    /// <summary>Own values over all fallbacks; null for a config made by the constructor without arguments.</summary>
    public virtual HoconValue Root { get; private set; } = null!;

    public virtual bool IsEmpty => Root is null || Root.IsEmpty;

    public virtual bool HasPath(string path) => GetValue(path) is not null;

    /// <returns>Null when the path is not there.</returns>
    /// <exception cref="InvalidOperationException">This config has no root.</exception>
    public HoconValue GetValue(string path)
    {
        var value = Root ?? throw new InvalidOperationException("A config without a root has no values.");
        ArgumentNullException.ThrowIfNull(path);
        for (var at = 0; at < path.Length && value is not null;)
            value = value.GetChildObject(NextKey(path, ref at));
        return value!;
    }

    /// <summary>Anything but a dot belongs to a key, so that actor paths with wildcards can be keys without quotes.</summary>
    private static string NextKey(string path, ref int at)
    {
        var quoted = path[at] == '"';
        var start = quoted ? at + 1 : at;
        var end = path.IndexOf(quoted ? '"' : '.', start);
        if (end < 0)
            end = path.Length;
        // Over the dot, and before that over the closing quote.
        at = end + (quoted ? 2 : 1);
        return path[start..end];
    }

    public virtual string GetString(string path, string? @default = null) => GetValue(path) is { } value ? value.GetString() : @default!;

    public virtual bool GetBoolean(string path, bool @default = false) => GetValue(path)?.GetBoolean() ?? @default;

    public virtual int GetInt(string path, int @default = 0) => GetValue(path)?.GetInt() ?? @default;

    public virtual long GetLong(string path, long @default = 0) => GetValue(path)?.GetLong() ?? @default;

    public virtual float GetFloat(string path, float @default = 0) => GetValue(path)?.GetFloat() ?? @default;

    public virtual double GetDouble(string path, double @default = 0) => GetValue(path)?.GetDouble() ?? @default;

    /// <returns>Bytes.</returns>
    public virtual long? GetByteSize(string path) => GetValue(path)?.GetByteSize();

    public virtual long? GetByteSize(string path, long? def = null) => GetValue(path) is { } value ? value.GetByteSize() : def;

    /// <returns>A number alone counts milliseconds; the default of the default is zero.</returns>
    public virtual TimeSpan GetTimeSpan(string path, TimeSpan? @default = null, bool allowInfinite = true) =>
        GetValue(path)?.GetTimeSpan(allowInfinite) ?? @default.GetValueOrDefault();

    public virtual IList<string> GetStringList(string path) => GetValue(path)?.GetStringList() ?? [];

    public virtual IList<string> GetStringList(string path, string[] defaultPaths) => GetValue(path)?.GetStringList() ?? defaultPaths;

    public virtual IList<int> GetIntList(string path) => GetValue(path)?.GetIntList() ?? [];

    /// <returns>The section at the path, fallbacks included; null when it is not there.</returns>
    public virtual Config GetConfig(string path)
    {
        var value = GetValue(path);
        var below = Fallback?.GetConfig(path);
        if (value is null)
            return below!;
        return new Config(new HoconRoot(value)).WithFallback(below!);
    }

    /// <summary>This config's values win; objects on both sides merge.</summary>
    /// <exception cref="ArgumentException">The fallback is this config itself.</exception>
    public virtual Config WithFallback(Config fallback)
    {
        if (ReferenceEquals(fallback, this))
            throw new ArgumentException("A config cannot be its own fallback.", nameof(fallback));
        if (fallback.IsNullOrEmpty())
            return this;
        if (IsEmpty)
            return fallback;
        var both = Copy(fallback);
        both.Root = Root.WithFallback(fallback.Root);
        return both;
    }

    private Config Copy(Config fallback) => new()
    {
        _own = _own,
        Root = Root,
        Fallback = Fallback is null ? fallback : Fallback.Copy(fallback),
    };

    /// <summary>The top-level values, fallbacks included.</summary>
    public virtual IEnumerable<KeyValuePair<string, HoconValue>> AsEnumerable() => Root?.GetObject()?.Items ?? [];

    /// <summary>HOCON text of the own values, without fallbacks.</summary>
    public override string ToString() => _own?.ToString() ?? "";

    public string ToString(bool includeFallback) => includeFallback ? Root?.ToString() ?? "" : ToString();

    public static Config operator +(Config config, string fallback) => config.WithFallback(ConfigurationFactory.ParseString(fallback));

    public static Config operator +(string configHocon, Config fallbackConfig) => ConfigurationFactory.ParseString(configHocon).WithFallback(fallbackConfig);

    public static implicit operator Config(string str) => ConfigurationFactory.ParseString(str);
}

public static class ConfigExtensions
{
    /// <summary>The fallback alone when there is no config.</summary>
    public static Config SafeWithFallback(this Config? config, Config fallback) =>
        config is null ? fallback : ReferenceEquals(config, fallback) ? config : config.WithFallback(fallback);

    public static bool IsNullOrEmpty(this Config? config) => config is null || config.IsEmpty;
}
