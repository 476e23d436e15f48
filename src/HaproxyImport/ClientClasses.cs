namespace HaproxyImport;

/// <summary>All clients of a frontend, in the classes that its rules distinguish.</summary>
internal static class ClientClasses
{
    /// <summary>Protocols that may be offered together; each doubles the number of classes.</summary>
    private const int MaxProtocols = 6;

    private const int MaxNames = 2 * AclReader.MaxNames;

    /// <summary>acme-tls/1: its client offers no other protocol (RFC 8737 §4).</summary>
    private const string Acme = "acme-tls/1";

    /// <summary>Usual protocols, for rules that match a part of a protocol's name.</summary>
    private static readonly string[] UsualProtocols = ["h2", "http/1.1", "http/1.0", "h3", "h2c", Acme];

    /// <param name="tests">All conditions of the rules.</param>
    /// <param name="keys">Names in maps.</param>
    public static List<Client> Of(IReadOnlyList<AclTest> tests, IEnumerable<SniPattern> keys, HaproxyLine header, ImportNotes notes)
    {
        var names = tests.OfType<NameTest>().SelectMany(static test => test.Names.Patterns).Concat(keys).Distinct().ToList();
        if (names.Count > MaxNames)
            notes.NotCarried(header, $"there are more than {MaxNames} names: the others were left out");
        names = [.. names.Where(static name => name.Match != SniMatch.Any).Take(MaxNames), SniPattern.Any];
        var offers = Offers([.. tests.OfType<ProtocolTest>()], header, notes);
        List<Client> clients = [new(ClientKind.Silent), new(ClientKind.Partial), new(ClientKind.NotTls)];
        foreach (var offer in offers)
            clients.Add(new Client(ClientKind.Nameless) { Protocols = offer });
        foreach (var name in names)
            clients.AddRange(offers.Select(offer => new Client(ClientKind.Named) { Name = name, Protocols = offer }));
        return clients;
    }

    /// <summary>The sets of protocols that clients may offer, the empty one first.</summary>
    private static List<IReadOnlyList<string>> Offers(List<ProtocolTest> tests, HaproxyLine header, ImportNotes notes)
    {
        List<IReadOnlyList<string>> offers = [[]];
        if (tests.Count == 0)
            return offers;
        offers.Add([ProtocolTest.Other]);
        var protocols = tests.SelectMany(Protocols).Distinct(StringComparer.Ordinal).ToList();
        if (protocols.Contains(Acme))
            offers.Add([Acme]);
        protocols.Remove(Acme);
        if (protocols.Count > MaxProtocols)
        {
            notes.NotCarried(
                header,
                $"the rules name more than {MaxProtocols} protocols: {string.Join(", ", protocols.Skip(MaxProtocols))} were left out");
        }
        protocols = [.. protocols.Take(MaxProtocols)];
        for (var set = 1; set < 1 << protocols.Count; set++)
            offers.Add([.. protocols.Where((_, i) => (set & (1 << i)) != 0)]);
        return offers;
    }

    /// <summary>A part of a name stands for the usual protocols that contain it.</summary>
    private static IEnumerable<string> Protocols(ProtocolTest test) =>
        test.Method is "" or "str" || !UsualProtocols.Any(test.Matches) ? test.Values : UsualProtocols.Where(test.Matches);
}
