namespace HaproxyImport;

/// <summary>The <c>use_backend</c> and <c>default_backend</c> lines of a TCP frontend.</summary>
internal sealed class BackendRules(ImportContext context, HaproxySection proxy, ConditionReader conditions, FrontRoutes routes)
{
    /// <summary>A map of names to backends: <c>%[req.ssl_sni,lower,map_dom(FILE,DEFAULT)]</c>.</summary>
    private static readonly Dictionary<string, string> Maps = new(StringComparer.Ordinal)
    {
        ["map"] = "str", ["map_str"] = "str", ["map_end"] = "end", ["map_dom"] = "dom", ["map_reg"] = "reg",
    };

    public void Read()
    {
        foreach (var line in proxy.Take("use_backend"))
        {
            foreach (var alternative in conditions.Read(line.From(2), line).Alternatives)
                Add(line[1], RuleMatch.Of(alternative), line);
        }
        var otherwise = proxy.Setting("default_backend");
        // The servers of a listen section are where its clients go.
        if (otherwise is null && proxy.Kind == SectionKind.Listen && ImportContext.HasServers(proxy))
            routes.Finish(context.NameOf(proxy), proxy.Header);
        else
            routes.Finish(otherwise is null ? null : Named(otherwise[1], otherwise), otherwise);
    }

    private void Add(string called, RuleMatch match, HaproxyLine line)
    {
        if (called.StartsWith("%[", StringComparison.Ordinal) && called.EndsWith(']'))
            AddMap(AclExpression.Read([called[2..^1]]), match, line);
        else if (called.Contains('%', StringComparison.Ordinal) || HaproxyVariable.IsIn(called))
            context.Notes.NotCarried(line, "a backend's name that is put together: write a route for each name");
        else if (Named(called, line) is { } backend)
            routes.Add(match, backend, line);
    }

    private void AddMap(AclExpression expression, RuleMatch match, HaproxyLine line)
    {
        var map = expression.Converters is [.., var last] ? AclExpression.Read([last]) : null;
        if (map is null || expression.Fetch is not ("req.ssl_sni" or "req_ssl_sni") || !Maps.TryGetValue(map.Fetch, out var method) || match.Names is not null)
        {
            context.Notes.NotCarried(line, "a backend's name that is put together: write a route for each name");
            return;
        }
        var arguments = map.Arguments.Split(',', 2, StringSplitOptions.TrimEntries);
        if (context.ReadFile(arguments[0]) is not { } text)
        {
            context.Notes.NotCarried(line, arguments[0], "this file cannot be read here: write a route for each name in it");
            return;
        }
        foreach (var entry in text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (entry[0] == '#' || entry.Split([' ', '\t'], 2, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) is not [var key, var value])
                continue;
            var patterns = new List<SniPattern>();
            if (SniPatterns.TryRead(method, key, patterns, context.Syntax) is { } problem)
                context.Notes.NotCarried(line, $"{arguments[0]}: {key}", problem);
            else if (Named(value, line) is { } backend)
                routes.Add(RuleMatch.Of([new AclLiteral(new SniTest(patterns), false)]), backend, line);
        }
        if (arguments is [_, var otherwise] && Named(otherwise, line) is { } rest)
            routes.Add(match, rest, line);
    }

    /// <returns>Null for one that Edge does not have, after saying so.</returns>
    private string? Named(string called, HaproxyLine line)
    {
        if (context.Backend(called) is not { } backend)
            context.Notes.NotCarried(line, called, "there is no such backend");
        else if (ImportContext.HasServers(backend))
            return context.NameOf(backend);
        else
            context.Notes.NotCarried(line, called, backend.Mode != "tcp" ? "this backend is not in mode tcp" : "this backend has no server; clients without a route get what on-unknown-sni says");
        return null;
    }
}
