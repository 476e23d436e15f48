using Edge.Hocon;
using EdgeActors.Config;
using EdgeActors.Settings;

namespace EdgeActors.Node;

/// <summary>A key whose value differs between two configurations.</summary>
/// <param name="Key">Its path below <c>edge</c>.</param>
/// <param name="Old">As written, or the default; null: its listener or backend is new.</param>
/// <param name="New">As written, or the default; null: its listener or backend was removed.</param>
public sealed record KeyChange(string Key, string? Old, string? New, KeyEffect Effect)
{
    /// <summary>Sorted by path.</summary>
    /// <param name="started">The configuration at start. Keys that need a restart still have its values.</param>
    public static IReadOnlyList<KeyChange> Between(EdgeSettings before, EdgeSettings next, EdgeSettings started)
    {
        var changes = new List<KeyChange>();
        var (old, atStart, now) = (new Side(before), new Side(started), new Side(next));
        foreach (var path in before.Keys.Keys.Union(next.Keys.Keys).Union(started.Keys.Keys).Order(StringComparer.Ordinal))
        {
            var key = next.Keys.GetValueOrDefault(path) ?? before.Keys.GetValueOrDefault(path) ?? started.Keys[path];
            var (from, to) = ((key.Effect == KeyEffect.Restart ? atStart : old).Find(path, key), now.Find(path, key));
            if (!AreSame(from, to))
                changes.Add(new KeyChange(path[(path.IndexOf('.', StringComparison.Ordinal) + 1)..], from?.Text, to?.Text, key.Effect));
        }
        return changes;
    }

    /// <summary>A built-in default has no parsed value, so its text is compared.</summary>
    private static bool AreSame(FileKey? a, FileKey? b) =>
        a is null || b is null ? a == b : a.Value is null || b.Value is null ? a.Text == b.Text : a.Value.Equals(b.Value);

    private sealed class Side(EdgeSettings settings)
    {
        private readonly HashSet<string?> _owners = [.. settings.Keys.Values.Select(static key => key.Owner)];

        public FileKey? Find(string path, FileKey key) =>
            settings.Keys.GetValueOrDefault(path) is { } own ? own
            : key.Owner is { } owner && !_owners.Contains(owner) ? null
            : key.Fallback is not { } fallback ? Default(null)
            : settings.Keys.GetValueOrDefault(fallback) ?? Default(EdgeSettingsReader.Defaults.Find(fallback.Split('.')));

        private static FileKey Default(HoconValue? value) => new(value is null ? "none" : KeyNotes.Shown(value), null, KeyEffect.Now);
    }
}
