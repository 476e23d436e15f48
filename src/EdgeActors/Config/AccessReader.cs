using System.Globalization;
using Edge.Hocon;
using EdgeActors.Settings;

namespace EdgeActors.Config;

/// <summary>The access keys of a listener as they are written.</summary>
internal sealed record AccessKeys(ConfigValue Allow, ConfigValue AllowFile, ConfigValue Deny, ConfigValue DenyFile);

/// <summary>Gathers the networks of one listener's lists and files, as which the lines of a file are read.</summary>
internal sealed class AccessReader
{
    /// <summary>32 MB of changes at most.</summary>
    private const int MaxNetworks = 1_000_000;

    /// <summary>Bytes of a file; room for a million networks as they are usually written.</summary>
    private const int MaxSize = 32 << 20;

    /// <summary>Of one list or file. A wrong file need not be reported line by line.</summary>
    private const int MaxErrors = 20;

    private readonly Dictionary<Cidr, (bool Denies, HoconOrigin At)> _rules = [];

    /// <returns>Null when there is no list.</returns>
    public static object? Read(AccessKeys keys, ConfigSection listener)
    {
        var reader = new AccessReader();
        var allows = reader.Gather(keys.Allow, keys.AllowFile, denies: false);
        var denies = reader.Gather(keys.Deny, keys.DenyFile, denies: true);
        return allows || denies
            ? new AccessList([.. reader._rules.Select(static rule => new AccessRule(rule.Key, rule.Value.Denies))], deniesUnlisted: !denies)
            : null;
    }

    private bool Gather(ConfigValue networks, ConfigValue files, bool denies)
    {
        Add(networks.Items, denies);
        foreach (var file in files.Items)
        {
            // Nobody could connect, which is hardly intended.
            if (Lines(file) is { } lines && Add(lines, denies) == 0 && !denies)
                file.Fail($"there is no network in {file.Shown}; expected at least one that is allowed");
        }
        return networks.Items.Count + files.Items.Count > 0;
    }

    /// <returns>How many items there are.</returns>
    private int Add(IEnumerable<ConfigValue> networks, bool denies)
    {
        var (count, errors) = (0, 0);
        ConfigValue firstMore = default;
        foreach (var item in networks)
        {
            count++;
            if (Add(item, denies) is not { } error)
                continue;
            if (++errors <= MaxErrors)
                item.Fail(error);
            else if (errors == MaxErrors + 1)
                firstMore = item;
        }
        if (errors > MaxErrors)
            firstMore.Fail(string.Create(CultureInfo.InvariantCulture, $"and {errors - MaxErrors} more mistakes from here on"));
        return count;
    }

    /// <returns>Null, or an error.</returns>
    private string? Add(ConfigValue item, bool denies)
    {
        if (item.Text is not { } text)
            return $"{item.Shown} where a network is expected, such as \"10.0.0.0/8\"";
        if (!Cidr.TryParse(text, out var network, out var error))
            return error;
        if (_rules.TryGetValue(network, out var other))
        {
            return other.Denies == denies
                ? null
                : $"{network} is {(other.Denies ? "denied" : "allowed")} in {other.At}, too; expected it in one of the lists";
        }
        if (_rules.Count == MaxNetworks)
            return $"there are more than {MaxNetworks} networks; expected fewer or larger ones";
        _rules.Add(network, (denies, item.Value.Origin));
        return null;
    }

    /// <returns>Null, with an error, where it cannot be read.</returns>
    private static IEnumerable<ConfigValue>? Lines(ConfigValue file)
    {
        if (file.Text is not { Length: > 0 } name)
        {
            file.Fail($"{file.Shown} where the path of a file is expected, such as \"networks.txt\"");
            return null;
        }
        var shown = Path.Combine(Path.GetDirectoryName(file.Value.Origin.File) ?? "", name);
        try
        {
            return Lines(file.Reading.ReadFile(Path.GetFullPath(shown), MaxSize), shown, file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            var why = e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : e.Message;
            file.Fail($"cannot read {shown.ReplaceLineEndings(" ")}: {why.ReplaceLineEndings(" ")}");
            return null;
        }
    }

    /// <summary>The lines that are neither empty nor a comment, each a value of its own.</summary>
    private static IEnumerable<ConfigValue> Lines(string text, string shown, ConfigValue file)
    {
        using var lines = new StringReader(text);
        for (var number = 1; lines.ReadLine() is { } line; number++)
        {
            var network = line.Split('#', 2)[0].Trim();
            if (network.Length > 0)
                yield return file with { Value = new HoconScalar(network, quoted: true, new HoconOrigin(shown, number, 1)) };
        }
    }
}
