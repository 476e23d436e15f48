using System.Net;

namespace HaproxyImport;

/// <summary>Conditions of one proxy, with the ACLs that it names.</summary>
internal sealed class ConditionReader
{
    /// <summary>Those that exist without an <c>acl</c> line, and mean something to Edge (configuration manual, section 7.4).</summary>
    private static readonly Dictionary<string, AclTest> Predefined = new(StringComparer.Ordinal)
    {
        ["TRUE"] = new ConstantTest(true),
        ["FALSE"] = new ConstantTest(false),
        ["WAIT_END"] = new ConstantTest(true, Waits: true),
        ["REQ_CONTENT"] = new LengthTest(new IntegerSet([(1, long.MaxValue)])),
        ["LOCALHOST"] = new SourceTest(new HashSet<IPNetwork> { IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("::1/128") }, []),
    };

    private readonly Dictionary<string, List<AclTest>> _named = new(StringComparer.Ordinal);
    private readonly AclReader _acls;

    public ConditionReader(ImportContext context, HaproxySection proxy)
    {
        _acls = new AclReader(context);
        // A variable may be used in an ACL that stands above the rule which sets it.
        foreach (var line in proxy.Lines)
        {
            if (line[0] is "tcp-request" && line[2].StartsWith("set-var(", StringComparison.Ordinal) && line[2].EndsWith(')'))
                _acls.Remember(line[2]["set-var(".Length..^1], line[3]);
        }
        foreach (var line in proxy.Take("acl"))
        {
            if (!_named.TryGetValue(line[1], out var tests))
                _named.Add(line[1], tests = []);
            tests.Add(_acls.Read(line.From(2), line));
        }
        foreach (var tests in _named.Values)
            JoinSources(tests);
    }

    /// <param name="words">From <c>if</c> or <c>unless</c> on; none: it always holds.</param>
    public Condition Read(IReadOnlyList<string> words, HaproxyLine line)
    {
        if (words.Count == 0)
            return Condition.Always;
        if (words[0] is not ("if" or "unless"))
            return Condition.Of(new UnknownTest($"'{HaproxyLine.Shown(words[0])}' is not known here"));
        var suites = new List<IReadOnlyList<Term>>();
        var suite = new List<Term>();
        for (var i = 1; i < words.Count; i++)
        {
            if (words[i] is "or" or "||")
            {
                suites.Add(suite);
                suite = [];
                continue;
            }
            var word = words[i];
            var negated = false;
            for (; word.StartsWith('!'); word = word.Length == 1 && i + 1 < words.Count ? words[++i] : word[1..])
                negated = !negated;
            suite.Add(new Term(word == "{" ? [_acls.Read(TakeBraces(words, ref i), line)] : Named(word), negated));
        }
        suites.Add(suite);
        return new Condition(suites, words[0] == "unless");
    }

    /// <summary>A list of addresses may have one line per address; together they are one test.</summary>
    private static void JoinSources(List<AclTest> tests)
    {
        var sources = tests.OfType<SourceTest>().ToList();
        if (sources.Count < 2)
            return;
        tests.RemoveAll(static test => test is SourceTest);
        tests.Add(new SourceTest(
            sources.SelectMany(static test => test.Networks).ToHashSet(),
            [.. sources.SelectMany(static test => test.Files).Distinct(StringComparer.Ordinal)]));
    }

    private static List<string> TakeBraces(IReadOnlyList<string> words, ref int at)
    {
        var inside = new List<string>();
        for (at++; at < words.Count && words[at] != "}"; at++)
            inside.Add(words[at]);
        return inside;
    }

    private List<AclTest> Named(string name)
    {
        if (_named.TryGetValue(name, out var tests))
            return tests;
        return [Predefined.GetValueOrDefault(name) ?? new UnknownTest($"there is no ACL '{HaproxyLine.Shown(name)}' that Edge knows")];
    }
}
