using System.Globalization;

namespace HaproxyImport;

/// <summary>ACL expressions to what Edge knows of them. What a proxy keeps in a variable is followed to where it came from.</summary>
internal sealed class AclReader(ImportContext context)
{
    /// <summary>In one ACL.</summary>
    public const int MaxNames = 10_000;

    private readonly Dictionary<string, string> _variables = new(StringComparer.Ordinal);

    /// <summary><c>set-var(NAME) EXPRESSION</c>.</summary>
    public void Remember(string variable, string expression) => _variables[variable] = expression;

    public AclTest Read(IReadOnlyList<string> words)
    {
        var expression = AclExpression.Read(words);
        if (expression.Fetch == "var" && _variables.TryGetValue(expression.Arguments, out var kept))
            expression = AclExpression.Read([string.Join(',', [kept, .. expression.Converters]), .. words.Skip(1)]);
        return expression.Problem is { } problem ? new UnknownTest(problem) : Read(expression);
    }

    private AclTest Read(AclExpression acl)
    {
        // Edge does so by itself.
        var converters = acl.Converters.Where(static c => c is not ("lower" or "rtrim(.)")).ToArray();
        if (converters.Length > 0)
            return new UnknownTest($"Edge has no converters such as {HaproxyLine.Shown(converters[0])}");
        switch (acl.Fetch)
        {
            case "req_ssl_sni" or "req.ssl_sni":
                return ReadSni(acl);
            case "req.ssl_alpn":
                return ReadAlpn(acl);
            case "req_ssl_hello_type" or "req.ssl_hello_type":
                return acl.Values is ["1"] ? new TlsTest() : new UnknownTest("Edge tells TLS clients from others, and nothing else by the type of the hello");
            case "src":
                return ReadSource(acl);
            case "path_beg":
                return ReadPath(acl);
            case "path" when acl.Method is "beg" or "":
                return ReadPath(acl);
            case "always_true":
                return new ConstantTest(true);
            case "always_false":
                return new ConstantTest(false);
            // The hello is awaited in any case; what comes instead of one is told by its first bytes.
            case "wait_end" or "req.len" or "req_len":
                return new ConstantTest(true);
            default:
                return ReadCount(acl) ?? new UnknownTest($"Edge knows nothing like '{HaproxyLine.Shown(acl.Fetch)}'");
        }
    }

    private AclTest ReadSni(AclExpression acl)
    {
        if (acl.Method == "found")
            return new SniTest([new SniPattern(SniMatch.Any, "")]);
        var patterns = new List<SniPattern>();
        var values = Values(acl, out var problem);
        foreach (var value in values)
            problem ??= SniPatterns.TryRead(acl.Method, value, patterns, context.Syntax);
        if (patterns.Count > MaxNames)
            problem ??= $"there are more than {MaxNames} names";
        if (problem is not null)
            return new UnknownTest(problem);
        var loose = acl.Method == "dom" || (acl.Method == "end" && values.Exists(static value => !value.StartsWith('.')));
        return new SniTest(patterns, loose ? $"-m {acl.Method} takes other names that only look alike, too; the name and those below it were taken" : null);
    }

    private AclTest ReadAlpn(AclExpression acl)
    {
        var values = Values(acl, out var problem);
        if (problem is not null || acl.Method is not ("" or "str" or "sub"))
            return new UnknownTest(problem ?? "Edge routes by whole protocols: name them");
        // The client's whole list is one string, of which a route names one protocol.
        var wrong = values.FirstOrDefault(static value => value.Length is 0 or > 255 || value.AsSpan().ContainsAnyExceptInRange('!', '~') || value.Contains(',', StringComparison.Ordinal));
        return wrong is null ? new AlpnTest(values) : new UnknownTest($"'{HaproxyLine.Shown(wrong)}' is no protocol");
    }

    private static AclTest ReadSource(AclExpression acl)
    {
        if (acl.Method is not ("" or "ip"))
            return new UnknownTest("Edge lists networks, and compares addresses with nothing else");
        var networks = new List<string>();
        foreach (var value in acl.Values)
        {
            if (Network(value) is not { } network)
                return new UnknownTest($"'{HaproxyLine.Shown(value)}' is no network");
            networks.Add(network);
        }
        return new SourceTest(networks, acl.Files);
    }

    /// <summary>In CIDR notation, without bits beyond the prefix; HAProxy knows masks with dots, too, and cuts what is beyond a mask.</summary>
    private static string? Network(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (!System.Net.IPAddress.TryParse(slash < 0 ? text : text[..slash], out var address) || !text.AsSpan().ContainsAny('.', ':'))
            return null;
        var longest = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? 32 : 128;
        var bits = longest;
        if (slash >= 0 && !HaproxyUnits.TryReadInt(text[(slash + 1)..], 0, longest, out bits))
        {
            if (!System.Net.IPAddress.TryParse(text[(slash + 1)..], out var mask) || longest != 32 || mask.GetAddressBytes() is not { Length: 4 } dotted)
                return null;
            var set = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(dotted);
            bits = System.Numerics.BitOperations.LeadingZeroCount(~set);
            if (bits < 32 && set << bits != 0)
                return null;
        }
        var bytes = address.GetAddressBytes();
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] &= (byte)(0xff00 >> Math.Clamp(bits - (8 * i), 0, 8));
        var network = new System.Net.IPAddress(bytes);
        return bits == longest ? network.ToString() : string.Create(CultureInfo.InvariantCulture, $"{network}/{bits}");
    }

    private static AclTest ReadPath(AclExpression acl) =>
        acl.Values is [var prefix] && acl.Files.Count == 0 ? new PathTest(prefix) : new UnknownTest("Edge passes TLS through, and sees no path");

    private static AclTest? ReadCount(AclExpression acl)
    {
        var (name, table, tracked) = acl.Fetch switch
        {
            "src_conn_rate" or "src_sess_rate" or "src_conn_cur" => (acl.Fetch[4..], acl.Arguments, false),
            "sc_conn_rate" or "sc_sess_rate" or "sc_conn_cur" => (acl.Fetch[3..], acl.Arguments.Split(',') is [_, var other] ? other : "", true),
            ['s', 'c', '0' or '1' or '2', '_', .. var rest] when rest is "conn_rate" or "sess_rate" or "conn_cur" => (rest, acl.Arguments, true),
            _ => ("", "", false),
        };
        if (name.Length == 0)
            return null;
        return Most(acl.Values) is { } most
            ? new CountTest(name == "conn_cur" ? CountKind.Open : CountKind.Rate, most, table.Length == 0 ? null : table, tracked)
            : new UnknownTest("expected a comparison with gt or ge and a number");
    }

    /// <summary><c>gt 50</c> and <c>ge 51</c> and <c>51:</c> all mean that 50 are not too many.</summary>
    private static long? Most(IReadOnlyList<string> values) => values switch
    {
        ["gt", var n] when long.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out var most) => most,
        ["ge", var n] when long.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out var least) => least - 1,
        [[.. var n, ':']] when long.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out var least) => least - 1,
        _ => null,
    };

    /// <summary>Those that stand in the line and those in the files that it names: a value a line, # begins a comment.</summary>
    private List<string> Values(AclExpression acl, out string? problem)
    {
        var values = new List<string>(acl.Values);
        problem = null;
        foreach (var file in acl.Files)
        {
            if (context.ReadFile(file) is not { } text)
            {
                problem ??= $"the file {HaproxyLine.Shown(file)} cannot be read here";
                continue;
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
