using System.Globalization;
using Edge.Hocon;
using EdgeActors.Admit;

namespace EdgeActors.Config;

/// <summary>The access keys of a listener as they are written, a value alone as a list of one.</summary>
internal sealed record AccessKeys(IReadOnlyList<ConfigValue> Allow, IReadOnlyList<ConfigValue> AllowFile, IReadOnlyList<ConfigValue> Deny, IReadOnlyList<ConfigValue> DenyFile);

/// <summary>Gathers the networks of one listener's lists and files. Of each list or file it reports the first errors, then how many more there are.</summary>
internal sealed class AccessReader
{
    /// <summary>32 MB of changes at most.</summary>
    private const int MaxNetworks = 1_000_000;

    private readonly Dictionary<Cidr, (bool Denies, HoconOrigin At)> _rules = [];
    private int _reported;
    private int _more;
    private (ConfigReading Reading, HoconOrigin At, string Path) _firstMore;

    /// <returns>Null when there is no list.</returns>
    public static object? Read(AccessKeys keys, ConfigSection listener)
    {
        var reader = new AccessReader();
        reader.ReadLists(keys.Allow, keys.AllowFile, denies: false);
        reader.ReadLists(keys.Deny, keys.DenyFile, denies: true);
        var denies = keys.Deny.Count + keys.DenyFile.Count > 0;
        return denies || keys.Allow.Count + keys.AllowFile.Count > 0
            ? new AccessList([.. reader._rules.Select(static rule => new AccessRule(rule.Key, rule.Value.Denies))], deniesUnlisted: !denies)
            : null;
    }

    private void ReadLists(IReadOnlyList<ConfigValue> networks, IReadOnlyList<ConfigValue> files, bool denies)
    {
        foreach (var item in networks)
        {
            if (item.Text is not { } text)
                Report(item.Reading, item.Value.Origin, item.Path, $"{item.Shown} where a network is expected, such as \"10.0.0.0/8\"");
            else if (Cidr.TryParse(text, out var network, out var error))
                Add(network, denies, item.Reading, item.Value.Origin, item.Path);
            else
                Report(item.Reading, item.Value.Origin, item.Path, error);
        }
        End();
        foreach (var item in files)
            ReadFile(item, denies);
    }

    private void ReadFile(ConfigValue item, bool denies)
    {
        if (item.Text is not { Length: > 0 } name)
        {
            item.Fail($"{item.Shown} where the path of a file is expected, such as \"networks.txt\"");
            return;
        }
        var shown = Path.Combine(Path.GetDirectoryName(item.Value.Origin.File) ?? "", name);
        if (Open(shown, item) is not { } file)
            return;
        foreach (var (line, error) in file.Errors)
            Report(item.Reading, new HoconOrigin(shown, line, 1), item.Path, error);
        More(file.MoreErrors.Count, item.Reading, new HoconOrigin(shown, file.MoreErrors.Line, 1), item.Path);
        foreach (var (network, line) in file.Networks)
            Add(network, denies, item.Reading, new HoconOrigin(shown, line, 1), item.Path);
        End();
        // Nobody could come in, and hardly because someone wants it so.
        if (!denies && file.Networks.Count == 0 && file.Errors.Count == 0)
            item.Fail($"there is no network in {item.Shown}; expected at least one that is allowed");
    }

    private static AccessFile? Open(string shown, ConfigValue named)
    {
        try
        {
            var full = Path.GetFullPath(shown);
            if (named.Reading.AccessFiles.TryGetValue(full, out var known))
                return known;
            // Looked at before it is read: what is written in between is then a change that a watch sees.
            named.Reading.Files.Add(HoconFile.Look(full, AccessFile.MaxSize + 1));
            return named.Reading.AccessFiles[full] = AccessFile.Read(full);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            var why = e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : e.Message;
            named.Fail($"cannot read {shown.ReplaceLineEndings(" ")}: {why.ReplaceLineEndings(" ")}");
            return null;
        }
    }

    private void Add(Cidr network, bool denies, ConfigReading reading, HoconOrigin at, string path)
    {
        if (!_rules.TryGetValue(network, out var other) && _rules.Count < MaxNetworks)
            _rules.Add(network, (denies, at));
        else if (!_rules.ContainsKey(network))
            Report(reading, at, path, $"there are more than {MaxNetworks} networks; expected fewer or larger ones");
        else if (other.Denies != denies)
            Report(reading, at, path, $"{network} is {(other.Denies ? "denied" : "allowed")} in {other.At}, too; expected it in one of the lists");
    }

    private void Report(ConfigReading reading, HoconOrigin at, string path, string message)
    {
        if (_reported++ < AccessFile.MaxErrors)
            reading.Report(at, path, message);
        else
            More(1, reading, at, path);
    }

    private void More(int count, ConfigReading reading, HoconOrigin first, string path)
    {
        if (count > 0 && _more == 0)
            _firstMore = (reading, first, path);
        _more += count;
    }

    /// <summary>A list or file ends.</summary>
    private void End()
    {
        if (_more > 0)
            _firstMore.Reading.Report(_firstMore.At, _firstMore.Path, string.Create(CultureInfo.InvariantCulture, $"and {_more} more mistakes from here on"));
        (_reported, _more) = (0, 0);
    }
}
