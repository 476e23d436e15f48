using System.Security.Cryptography;
using System.Text;
using Edge.Hocon;
using EdgeActors.Settings;

namespace EdgeActors.Config;

/// <summary>The file's value of each key, for the report of a reload. Filled while the keys are read.</summary>
internal sealed class KeyNotes
{
    private const int MaxText = 60, MaxItems = 4;

    private readonly Dictionary<string, FileKey> _keys = new(StringComparer.Ordinal);

    /// <summary>When a change of the current section applies; null: its keys are parts of one value.</summary>
    private KeyEffect? _effect = KeyEffect.NewConnections;

    public IReadOnlyDictionary<string, FileKey> All => _keys;

    /// <summary>The path of the current listener or backend; null: outside of both.</summary>
    public string? Owner { get; set; }

    /// <summary>Reads a key, and notes it unless it is a section.</summary>
    public object? Read(Key key, ConfigSection section)
    {
        var outer = _effect;
        var found = key.IsOwn ? section.FindOwn(key.Name) : section.Find(key.Name);
        var isValue = !key.IsInline && !key.HasNames && (key.Below is null || found?.Value is not HoconObject);
        _effect = isValue ? null : outer is null ? null : key.Effect ?? outer;
        var value = key.Read(section);
        _effect = outer;
        if (outer is { } effect && isValue && found is { IsBuiltIn: false } own)
            Add(own, value, key.Effect ?? effect, key.IsSecret, key.IsOwn ? null : section.Scopes[^1].PathOf(key.Name));
        return value;
    }

    public void Add(ConfigValue found, object? read, KeyEffect effect, bool isSecret = false, string? fallback = null)
    {
        // Parsed values are compared, because 5s equals 5000ms. A list, a section or a secret is compared by a digest of its text.
        var value = read is TimeSpan or IConvertible && !isSecret ? read : Digest(found.Text ?? found.Value.Render());
        _keys.TryAdd(found.Path, new FileKey(isSecret ? "***" : Shown(found.Value), value, effect) { Fallback = fallback, Owner = Owner });
    }

    /// <summary>Adds the digest of a file that the key names.</summary>
    public void AddContents(string path, string digest)
    {
        if (_keys.TryGetValue(path, out var key) && !$"{key.Value}".Contains(digest, StringComparison.Ordinal))
            _keys[path] = key with { Text = $"{key.Text} ({digest[..8]})", Value = $"{key.Value} {digest}" };
    }

    public static string Shown(HoconValue value) => value switch
    {
        HoconScalar { Text: "" } => "\"\"",
        HoconScalar scalar => Short(scalar.Text),
        HoconArray { Items: var items } => $"[{Joined(items, Shown)}]",
        HoconObject { Fields: var fields } => $"{{ {Joined(fields, static field => $"{field.Key} = {Shown(field.Value)}")} }}",
        _ => value.Kind,
    };

    private static string Joined<T>(IReadOnlyList<T> items, Func<T, string> shown) => string.Join(", ", items.Take(MaxItems).Select(shown))
        + (items.Count > MaxItems ? $", ... {items.Count} in all" : "");

    private static string Short(string text) => (text.Length <= MaxText ? text : text[..(MaxText - 3)] + "...").ReplaceLineEndings(" ");

    private static string Digest(string text) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
