namespace HaproxyImport;

/// <summary>Conditions of one proxy, with the ACLs that it names.</summary>
internal sealed class ConditionReader
{
    /// <summary>Those that exist without an <c>acl</c> line, and mean something to Edge (configuration manual, section 7.4).</summary>
    private static readonly Dictionary<string, AclTest> Predefined = new(StringComparer.Ordinal)
    {
        ["TRUE"] = new ConstantTest(true),
        ["FALSE"] = new ConstantTest(false),
        ["WAIT_END"] = new ConstantTest(true),
        ["REQ_CONTENT"] = new ConstantTest(true),
        ["LOCALHOST"] = new SourceTest(["127.0.0.0/8", "::1"], []),
    };

    private readonly Dictionary<string, List<AclTest>> _named = new(StringComparer.Ordinal);
    private readonly AclReader _acls;
    private readonly ImportNotes _notes;

    public ConditionReader(HaproxySection proxy, AclReader acls, ImportNotes notes)
    {
        (_acls, _notes) = (acls, notes);
        // A variable may be used in an ACL that stands above the rule which sets it.
        foreach (var line in proxy.Lines)
        {
            if (line[0] is "tcp-request" && line[2].StartsWith("set-var(", StringComparison.Ordinal) && line[2].EndsWith(')'))
                acls.Remember(line[2]["set-var(".Length..^1], line[3]);
        }
        foreach (var line in proxy.Take("acl"))
        {
            var test = Told(acls.Read(line.From(2)), line);
            if (_named.TryGetValue(line[1], out var tests))
                Merge(tests, test);
            else
                _named.Add(line[1], [test]);
        }
    }

    /// <param name="words">From <c>if</c> or <c>unless</c> on; none: it always holds.</param>
    public Condition Read(IReadOnlyList<string> words, HaproxyLine line)
    {
        if (words.Count == 0)
            return Condition.Always;
        if (words[0] is not ("if" or "unless"))
            return Condition.Of(new AclLiteral(new UnknownTest($"'{HaproxyLine.Shown(words[0])}' is not known here"), false));
        var any = Condition.Never;
        var all = Condition.Always;
        for (var i = 1; i < words.Count; i++)
        {
            if (words[i] is "or" or "||")
            {
                (any, all) = (any.Or(all), Condition.Always);
                continue;
            }
            var word = words[i];
            var negated = false;
            for (; word.StartsWith('!'); word = word.Length == 1 && i + 1 < words.Count ? words[++i] : word[1..])
                negated = !negated;
            var term = word == "{" ? Condition.Of(new AclLiteral(Told(_acls.Read(TakeBraces(words, ref i)), line), false)) : Named(word);
            all = all.And(negated ? term.Not() : term);
        }
        any = any.Or(all);
        return words[0] == "if" ? any : any.Not();
    }

    private static List<string> TakeBraces(IReadOnlyList<string> words, ref int at)
    {
        var inside = new List<string>();
        for (at++; at < words.Count && words[at] != "}"; at++)
            inside.Add(words[at]);
        return inside;
    }

    private Condition Named(string name)
    {
        if (!_named.TryGetValue(name, out var tests))
        {
            return Condition.Of(new AclLiteral(
                Predefined.TryGetValue(name, out var test) ? test : new UnknownTest($"there is no ACL '{HaproxyLine.Shown(name)}' that Edge knows"), false));
        }
        return tests.Aggregate(Condition.Never, static (any, test) => any.Or(Condition.Of(new AclLiteral(test, false))));
    }

    /// <summary>Lines of one name are alternatives. Those of a kind become one test, as "none of these names" is what they are made for.</summary>
    private static void Merge(List<AclTest> tests, AclTest more)
    {
        for (var i = 0; i < tests.Count; i++)
        {
            AclTest? merged = (tests[i], more) switch
            {
                (SniTest a, SniTest b) when a.Patterns.Count + b.Patterns.Count <= AclReader.MaxNames => new SniTest([.. a.Patterns, .. b.Patterns]),
                (AlpnTest a, AlpnTest b) when a.Protocols.Count + b.Protocols.Count <= AclReader.MaxNames => new AlpnTest([.. a.Protocols, .. b.Protocols]),
                (SourceTest a, SourceTest b) when a.Networks.Count + b.Networks.Count <= AclReader.MaxNames => new SourceTest([.. a.Networks, .. b.Networks], [.. a.Files, .. b.Files]),
                _ => null,
            };
            if (merged is null)
                continue;
            tests[i] = merged;
            return;
        }
        tests.Add(more);
    }

    private AclTest Told(AclTest test, HaproxyLine line)
    {
        if (test is SniTest { Remark: { } remark })
            _notes.Differs(line, remark);
        return test;
    }
}
