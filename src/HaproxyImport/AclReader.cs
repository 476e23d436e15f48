using System.Net;

namespace HaproxyImport;

/// <summary>ACL expressions to what Edge knows of them. What a proxy keeps in a variable is followed to where it came from.</summary>
internal sealed class AclReader(ImportContext context)
{
    /// <summary>In one ACL.</summary>
    public const int MaxNames = 10_000;

    private readonly Dictionary<string, string> _variables = new(StringComparer.Ordinal);

    /// <summary><c>set-var(NAME) EXPRESSION</c>.</summary>
    public void Remember(string variable, string expression) => _variables[variable] = expression;

    /// <param name="line">The line for notes on single values.</param>
    public AclTest Read(IReadOnlyList<string> words, HaproxyLine line)
    {
        var expression = AclExpression.Read(words);
        if (expression.Fetch == "var" && _variables.TryGetValue(expression.Arguments, out var kept))
            expression = AclExpression.Read([string.Join(',', [kept, .. expression.Converters]), .. words.Skip(1)]);
        return expression.Problem is { } problem ? new UnknownTest(problem) : Read(expression, line);
    }

    private AclTest Read(AclExpression acl, HaproxyLine line)
    {
        // Edge compares names without regard to case or to a dot at the end.
        var converters = acl.Converters.Where(static c => c is not ("lower" or "rtrim(.)")).ToArray();
        var ofTls = acl.Fetch is ['r', 'e', 'q', '.' or '_', 's', 's', 'l', '_', ..];
        if (converters.Length > 0)
            return new UnknownTest($"Edge has no converters such as {HaproxyLine.Shown(converters[0])}", ofTls);
        switch (acl.Fetch)
        {
            case "req_ssl_sni" or "req.ssl_sni":
                return ReadName(acl, line);
            case "req.ssl_alpn":
                return ReadProtocol(acl, line);
            case "req_ssl_hello_type" or "req.ssl_hello_type":
                return Integers(acl) is { } types
                    ? new HelloTypeTest(types.Contains(1, 1) == Truth.True)
                    : new UnknownTest(NoInteger, ofTls);
            case "req.len" or "req_len":
                return Integers(acl) is { } lengths ? new LengthTest(lengths) : new UnknownTest(NoInteger);
            case "wait_end" when acl.Values is [] or ["1"]:
                return new ConstantTest(true, Waits: true);
            case "src":
                return ReadSource(acl, line);
            case "path_beg":
                return new PathTest(acl.Values);
            case "path" when acl is { Method: "beg", Files: [] }:
                return new PathTest(acl.Values);
            case "always_true" or "always_false" when acl.Values is []:
                return new ConstantTest(acl.Fetch == "always_true");
            default:
                return ReadCount(acl) ?? new UnknownTest($"Edge knows nothing like '{HaproxyLine.Shown(acl.Fetch)}'", ofTls);
        }
    }

    private const string NoInteger = "expected numbers, ranges such as 1:9, or gt, ge, lt, le and a number";

    private static IntegerSet? Integers(AclExpression acl) =>
        acl is { Method: "" or "int", Files: [] } ? IntegerSet.Read(acl.Values) : null;

    private AclTest ReadName(AclExpression acl, HaproxyLine line)
    {
        var names = new NameTable();
        if (acl.Method == "found")
        {
            names.Add([SniPattern.Any]);
            return new NameTest(names);
        }
        if (!SniPatterns.IsKnown(acl.Method))
        {
            return new UnknownTest(
                $"Edge routes by whole names and by \"*.NAME\", not by -m {HaproxyLine.Shown(acl.Method)}: name the servers' names",
                OfTls: true);
        }
        if (Values(acl, out var problem) is not { } values)
            return new UnknownTest(problem!, OfTls: true);
        foreach (var value in values)
        {
            var patterns = new List<SniPattern>();
            var wrong = SniPatterns.TryRead(acl.Method, value, patterns, context.Syntax, out var remark);
            // An expression that is not understood may match any name.
            if (wrong is not null && acl.Method == "reg")
                return new UnknownTest(wrong, OfTls: true);
            if (wrong is not null)
                context.Notes.NotCarried(line, value, wrong);
            else if (remark is not null)
                context.Notes.Differs(line, remark);
            names.Add(patterns);
            if (names.Patterns.Count > MaxNames)
                return new UnknownTest($"there are more than {MaxNames} names", OfTls: true);
        }
        return new NameTest(names);
    }

    private AclTest ReadProtocol(AclExpression acl, HaproxyLine line)
    {
        if (acl.Method is not ("" or "str" or "beg" or "end" or "sub" or "found"))
            return new UnknownTest($"Edge routes by whole protocols, not by -m {HaproxyLine.Shown(acl.Method)}: name them", OfTls: true);
        if (Values(acl, out var problem) is not { } values)
            return new UnknownTest(problem!, OfTls: true);
        var usable = values.FindAll(static value => value.Length is > 0 and <= 255 && !value.AsSpan().ContainsAnyExceptInRange('!', '~'));
        foreach (var wrong in values.Except(usable))
            context.Notes.NotCarried(line, wrong, "this is no protocol, so no client offers it: it was left out");
        return new ProtocolTest(acl.Method, usable);
    }

    private AclTest ReadSource(AclExpression acl, HaproxyLine line)
    {
        if (acl.Method is not ("" or "ip"))
            return new UnknownTest("Edge lists networks, and compares addresses with nothing else");
        var networks = new HashSet<IPNetwork>();
        foreach (var value in acl.Values)
        {
            if (Networks.Read(value) is { } network)
                networks.Add(network);
            else
                context.Notes.NotCarried(line, value, "this is no address and no network: it was left out");
        }
        return new SourceTest(networks, acl.Files);
    }

    private static AclTest? ReadCount(AclExpression acl)
    {
        var (name, table, tracked) = acl.Fetch switch
        {
            "src_conn_rate" or "src_sess_rate" or "src_conn_cur" => (acl.Fetch[4..], acl.Arguments, false),
            "sc_conn_rate" or "sc_sess_rate" or "sc_conn_cur" =>
                (acl.Fetch[3..], acl.Arguments.Split(',') is [_, var other] ? other : "", true),
            ['s', 'c', '0' or '1' or '2', '_', .. var rest] when rest is "conn_rate" or "sess_rate" or "conn_cur" =>
                (rest, acl.Arguments, true),
            _ => ("", "", false),
        };
        if (name.Length == 0)
            return null;
        return Integers(acl) is { Ranges: [{ Max: long.MaxValue } beyond] }
            ? new CountTest(name == "conn_cur" ? CountKind.Open : CountKind.Rate, beyond.Min - 1, table.Length == 0 ? null : table, tracked)
            : new UnknownTest("expected a comparison with gt or ge and a number");
    }

    /// <summary>The values of the line and of its files. A file has one value a line, and # begins a comment.</summary>
    /// <returns>Null if a file cannot be read.</returns>
    private List<string>? Values(AclExpression acl, out string? problem)
    {
        var values = new List<string>(acl.Values);
        problem = null;
        foreach (var file in acl.Files)
        {
            if (context.ReadFile(file) is not { } text)
            {
                problem = $"the file {HaproxyLine.Shown(file)} cannot be read here";
                return null;
            }
            foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                if (line[0] != '#')
                    values.Add(line);
            }
        }
        return values;
    }
}
