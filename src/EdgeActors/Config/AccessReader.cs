using Edge.Hocon;
using EdgeActors.Admit;

namespace EdgeActors.Config;

/// <summary>The keys <c>allow</c>, <c>deny</c>, <c>allow-file</c> and <c>deny-file</c> of listeners. Reads each file once, however many listeners share it.</summary>
internal sealed class AccessReader(ConfigReading reading)
{
    private readonly Dictionary<string, AccessFile> _files = new(StringComparer.Ordinal);

    /// <returns>Null when there is no list.</returns>
    public AccessList? Read(ConfigSection listener)
    {
        var rules = new AccessRules(reading);
        var allows = Inline(listener, "allow", denies: false, rules) | Files(listener, "allow-file", denies: false, rules);
        var denies = Inline(listener, "deny", denies: true, rules) | Files(listener, "deny-file", denies: true, rules);
        return allows || denies ? new AccessList(rules.All, deniesUnlisted: !denies) : null;
    }

    private static bool Inline(ConfigSection listener, string key, bool denies, AccessRules rules)
    {
        var (items, path) = Items(listener, key);
        rules.Begin();
        foreach (var item in items)
        {
            if (item is not HoconScalar { IsNull: false } scalar)
                rules.Report(item.Origin, path, $"{ConfigSection.Shown(item)} where a network is expected, such as \"10.0.0.0/8\"");
            else if (Cidr.TryParse(scalar.Text, out var network, out var mistake))
                rules.Add(network, denies, item.Origin, path);
            else
                rules.Report(item.Origin, path, mistake);
        }
        rules.End();
        return items.Count > 0;
    }

    private bool Files(ConfigSection listener, string key, bool denies, AccessRules rules)
    {
        var (items, path) = Items(listener, key);
        foreach (var item in items)
        {
            if (item is not HoconScalar { IsNull: false, Text.Length: > 0 } name)
            {
                reading.Report(item.Origin, path, $"{ConfigSection.Shown(item)} where the path of a file is expected, such as \"networks.txt\"");
                continue;
            }
            var shown = Path.Combine(Path.GetDirectoryName(item.Origin.File) ?? "", name.Text);
            if (Open(shown, item.Origin, path) is not { } file)
                continue;
            Add(file, shown, denies, path, rules);
            // Nobody could come in, and hardly because someone wants it so.
            if (!denies && file.Networks.Count == 0 && file.Mistakes.Count == 0)
                reading.Report(item.Origin, path, $"there is no network in {ConfigSection.Shown(item)}; expected at least one that is allowed");
        }
        return items.Count > 0;
    }

    private static void Add(AccessFile file, string shown, bool denies, string path, AccessRules rules)
    {
        rules.Begin();
        foreach (var (line, mistake) in file.Mistakes)
            rules.Report(new HoconOrigin(shown, line, 1), path, mistake);
        rules.ReportMore(new HoconOrigin(shown, file.MoreMistakes.Line, 1), path, file.MoreMistakes.Count);
        foreach (var (network, line) in file.Networks)
            rules.Add(network, denies, new HoconOrigin(shown, line, 1), path);
        rules.End();
    }

    private AccessFile? Open(string shown, HoconOrigin named, string path)
    {
        try
        {
            var full = Path.GetFullPath(shown);
            if (_files.TryGetValue(full, out var known))
                return known;
            // Looked at before it is read: what is written in between is then a change that a watch sees.
            reading.Files.Add(HoconFile.Look(full, AccessFile.MaxSize + 1));
            return _files[full] = AccessFile.Read(full);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            var why = e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : e.Message;
            reading.Report(named, path, $"cannot read {shown.ReplaceLineEndings(" ")}: {why.ReplaceLineEndings(" ")}");
            return null;
        }
    }

    private static (IReadOnlyList<HoconValue> Items, string Path) Items(ConfigSection listener, string key)
    {
        var value = listener.Find(key, out var path);
        return (value switch
        {
            null => [],
            HoconArray array => array.Items,
            _ => [value],
        }, path);
    }
}
