using System.Net;

namespace HaproxyImport;

/// <summary>Addresses that no rule distinguishes: a network without its subnets in rules, or a file of networks.</summary>
/// <param name="Network">Null for a file, and for all other addresses.</param>
/// <param name="File">A file of networks. Edge reads it itself, so its addresses count as being in no other network.</param>
/// <param name="Within">The tests that hold for these addresses.</param>
internal sealed record SourceClass(IPNetwork? Network, string? File, IReadOnlySet<SourceTest> Within)
{
    /// <summary>All addresses that no rule names.</summary>
    public static SourceClass Other { get; } = new(null, null, new HashSet<SourceTest>());

    /// <summary>Equal for sources that pass the same tests.</summary>
    public string Key { get; private init; } = "";

    /// <summary>The class of all other addresses comes first.</summary>
    public static List<SourceClass> Of(IEnumerable<AclTest> asked)
    {
        var tests = asked.OfType<SourceTest>().Distinct().ToList();
        var numbers = tests.Index().ToDictionary(static one => one.Item, static one => one.Index);
        var classes = new List<SourceClass> { Other };
        var naming = tests.SelectMany(static test => test.Networks.Select(network => (network, test))).ToLookup(
            static one => one.network, static one => one.test);
        foreach (var network in naming)
            Add(network.Key, null, Networks.Around(network.Key).SelectMany(wider => naming[wider]));
        foreach (var file in tests.SelectMany(static test => test.Files).Distinct(StringComparer.Ordinal))
            Add(null, file, tests.Where(test => test.Files.Contains(file)));
        return classes;

        void Add(IPNetwork? network, string? file, IEnumerable<SourceTest> tests)
        {
            var within = tests.ToHashSet();
            classes.Add(new SourceClass(network, file, within) { Key = string.Join(',', within.Select(test => numbers[test]).Order()) });
        }
    }

    /// <summary>The classes for which something holds, as networks of a list in which the smallest network decides.</summary>
    /// <param name="holds">Equal for classes within one another that need no entry.</param>
    public static IEnumerable<SourceClass> Entries(IReadOnlyList<SourceClass> classes, Func<SourceClass, bool> holds)
    {
        var byNetwork = classes.Where(static one => one.Network is not null).ToDictionary(static one => one.Network!.Value);
        foreach (var one in classes)
        {
            if (one == Other)
                continue;
            var around = one.Network is { } network ? Networks.Around(network).Skip(1).FirstOrDefault(byNetwork.ContainsKey) : default;
            if (holds(one) != holds(byNetwork.GetValueOrDefault(around, Other)))
                yield return one;
        }
    }

    public override string ToString() => Network is { } network ? Networks.Written(network) : File ?? "all other addresses";
}

/// <summary>Keys of a listener for networks, and for files of networks.</summary>
internal static class SourceKeys
{
    public static void Set(ConfSection section, string key, IReadOnlyCollection<SourceClass> classes, params IEnumerable<string> more)
    {
        var networks = classes.Where(static one => one.Network is not null).Select(static one => one.ToString()).Concat(more).ToList();
        var files = classes.Select(static one => one.File).OfType<string>().ToList();
        if (networks.Count > 0)
            section.Set(key, ConfValue.List(networks));
        if (files.Count > 0)
            section.Set($"{key}-file", ConfValue.List(files));
    }
}
