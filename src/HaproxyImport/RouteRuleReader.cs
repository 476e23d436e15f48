namespace HaproxyImport;

/// <summary>The <c>use_backend</c> and <c>default_backend</c> lines of a TCP frontend.</summary>
internal sealed class RouteRuleReader(ImportContext context, HaproxySection proxy, ConditionReader conditions)
{
    private const string NoName = "a backend's name that is put together: write a route for each name";

    /// <summary>A map of names to backends: <c>%[req.ssl_sni,lower,map_dom(FILE,DEFAULT)]</c>.</summary>
    private static readonly Dictionary<string, string> Maps = new(StringComparer.Ordinal)
    {
        ["map"] = "str", ["map_str"] = "str", ["map_end"] = "end", ["map_dom"] = "dom", ["map_reg"] = "reg",
    };

    /// <summary>Names in the maps.</summary>
    public List<SniPattern> Keys { get; } = [];

    /// <summary>HAProxy's backends that rules use.</summary>
    public HashSet<HaproxySection> Sections { get; } = [];

    public IEnumerable<RouteRule> Read()
    {
        foreach (var line in proxy.Take("use_backend"))
        {
            var called = line[1];
            if (called.StartsWith("%[", StringComparison.Ordinal) && called.EndsWith(']'))
            {
                if (ReadMap(AclExpression.Read([called[2..^1]]), line) is { } find)
                    yield return new RouteRule(line, conditions.Read(line.From(2), line), find);
            }
            else if (called.Contains('%', StringComparison.Ordinal) || HaproxyVariable.IsIn(called))
            {
                context.Notes.NotCarried(line, NoName);
            }
            else
            {
                var leads = Named(called, line);
                yield return new RouteRule(line, conditions.Read(line.From(2), line), _ => leads);
            }
        }
    }

    public Decision ReadDefault()
    {
        // A listen section is its own default backend.
        if (proxy.Setting("default_backend") is { } line)
            return new Decision(Named(line[1], line), line);
        var isBackend = proxy.Kind == SectionKind.Listen && ImportContext.HasServers(proxy);
        return new Decision(isBackend ? Outcome.Backend(context.NameOf(proxy)) : Outcome.Close, proxy.Header);
    }

    private Func<Client, Outcome?>? ReadMap(AclExpression expression, HaproxyLine line)
    {
        var map = expression.Converters is [.., var last] ? AclExpression.Read([last]) : null;
        if (map is null || expression.Fetch is not ("req.ssl_sni" or "req_ssl_sni") || !Maps.TryGetValue(map.Fetch, out var method)
            || !expression.Converters.SkipLast(1).All(static converter => converter is "lower" or "rtrim(.)"))
        {
            context.Notes.NotCarried(line, NoName);
            return null;
        }
        var arguments = map.Arguments.Split(',', 2, StringSplitOptions.TrimEntries);
        if (context.ReadFile(arguments[0]) is not { } text)
        {
            context.Notes.NotCarried(line, arguments[0], "this file cannot be read here: write a route for each name in it");
            return null;
        }
        var names = new NameTable();
        foreach (var entry in text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var words = entry.Split([' ', '\t'], 2, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (entry[0] == '#' || words is not [var key, var value])
                continue;
            var patterns = new List<SniPattern>();
            if (SniPatterns.TryRead(method, key, patterns, context.Syntax, out var remark) is { } problem)
                context.Notes.NotCarried(line, $"{arguments[0]}: {key}", problem);
            else if (remark is not null)
                context.Notes.Differs(line, remark);
            names.Add(patterns, value);
        }
        Keys.AddRange(names.Patterns);
        var outcomes = names.Values.Concat(arguments[1..]).Distinct(StringComparer.Ordinal)
            .ToDictionary(static called => called, called => context.Backend(called) is null ? Missing(called, line) : Named(called, line));
        var otherwise = arguments is [_, var called] ? outcomes[called] : null;
        // Without a name there is nothing to look up, and HAProxy takes the default backend.
        return client => client.Kind != ClientKind.Named ? null : names.Find(client.Name) is { } found ? outcomes[found] : otherwise;
    }

    /// <summary>Notes a name without a backend. HAProxy then uses the default one.</summary>
    private Outcome? Missing(string called, HaproxyLine line)
    {
        context.Notes.Differs(line, $"there is no backend '{HaproxyLine.Shown(called)}': as in HAProxy, the default one is taken");
        return null;
    }

    /// <summary>Notes that Edge has no such backend; its clients are closed.</summary>
    private Outcome Named(string called, HaproxyLine line)
    {
        if (context.Backend(called) is not { } backend)
        {
            context.Notes.NotCarried(line, called, "there is no such backend: its clients are closed");
        }
        else if (ImportContext.HasServers(backend))
        {
            Sections.Add(backend);
            return Outcome.Backend(context.NameOf(backend));
        }
        else if (backend.Mode != "tcp")
        {
            context.Notes.NotCarried(line, called, "this backend is not in mode tcp: its clients are closed");
        }
        else
        {
            context.Notes.Differs(line, $"the backend '{HaproxyLine.Shown(called)}' has no server: its clients are closed, as by HAProxy");
        }
        return Outcome.Close;
    }
}
