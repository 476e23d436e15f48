namespace HaproxyImport;

/// <summary>A limit of one address, as a rule of HAProxy states it.</summary>
/// <param name="Limit">Connections that are admitted.</param>
/// <param name="Table">Where HAProxy counts them.</param>
internal sealed record CountLimit(HaproxyLine Line, CountTest Test, long Limit, StickTable Table);

/// <summary>The <c>tcp-request</c> rules of a proxy, after those of its defaults section.</summary>
/// <param name="defaults">Null: its rules were evaluated already.</param>
internal sealed class GateReader(
    ImportContext context, HaproxySection proxy, ConditionReader conditions, HaproxySection? defaults, StickTables tables)
{
    private readonly ConditionReader? _inherited = defaults is null ? null : new ConditionReader(context, defaults);

    private string? _tracked;

    /// <summary>The limits in the rules, in their order.</summary>
    public List<CountLimit> Limits { get; } = [];

    /// <summary>Prefix lengths of the counted networks, for IPv4 and IPv6.</summary>
    public (string IPv4, string IPv6)? Key { get; private set; }

    /// <summary>The clients that must send a PROXY header.</summary>
    public List<(HaproxyLine Line, Condition If)> ExpectsProxy { get; } = [];

    private ImportNotes Notes => context.Notes;

    /// <param name="ruleset">connection, session or content.</param>
    public List<GateRule> Read(string ruleset)
    {
        var rules = new List<GateRule>();
        if (_inherited is not null)
            Read(defaults!, _inherited, ruleset, rules);
        Read(proxy, conditions, ruleset, rules);
        return rules;
    }

    private void Read(HaproxySection section, ConditionReader acls, string ruleset, List<GateRule> rules)
    {
        foreach (var line in section.Take("tcp-request", ruleset))
        {
            var at = 3;
            while (at < line.Words.Count && line[at] is not ("if" or "unless"))
                at++;
            var condition = acls.Read(line.From(at), line);
            if (line[2] is not ("accept" or "reject" or "silent-drop"))
            {
                ReadAction(line, at, condition);
                continue;
            }
            foreach (var count in condition.Tests.OfType<CountTest>())
                ReadLimit(line, count);
            rules.Add(new GateRule(
                line, condition, line[2] switch { "accept" => null, "reject" => Outcome.Close, _ => Outcome.SilentDrop }));
        }
    }

    private void ReadAction(HaproxyLine line, int at, Condition condition)
    {
        switch (line[2])
        {
            case "expect-proxy":
                ExpectsProxy.Add((line, condition));
                break;
            case var action when action.StartsWith("track-sc", StringComparison.Ordinal):
                Track(line, at);
                break;
            case "capture" or "set-log-level" or "do-log":
                Notes.NothingToDo(line, "Edge's log has the name, the addresses and the reason of each connection");
                break;
            case var action when action.Contains("set-var", StringComparison.Ordinal):
                Notes.NothingToDo(line, "Edge has no variables; conditions that use this one were read as if its expression stood there");
                break;
            case var action:
                Notes.NotCarried(line, action, "Edge has no such action: clients are admitted without");
                break;
        }
    }

    /// <summary><c>track-sc0 src [table NAME]</c>, where an address may be cut to a network: <c>src,ipmask(24,64)</c>.</summary>
    private void Track(HaproxyLine line, int condition)
    {
        var key = AclExpression.Read([line[3]]);
        if (key is not { Fetch: "src", Converters: [] or [['i', 'p', 'm', 'a', 's', 'k', '(', ..]] })
        {
            Notes.NotCarried(line, line[3], "Edge counts by address, and by nothing else");
            return;
        }
        if (_tracked is not null)
        {
            Notes.NotCarried(line, "Edge has one limit for an address: this second counter was left out");
            return;
        }
        _tracked = line[4] == "table" ? line[5] : proxy.Name;
        if (key.Converters is [var mask])
            Key = mask[7..].TrimEnd(')').Split(',') is [var ipv4, .. var rest] ? (ipv4, rest is [var ipv6] ? ipv6 : "128") : null;
        if (condition < line.Words.Count)
            Notes.NotCarried(line, line[condition], "Edge counts every address, so the limit holds for all");
    }

    /// <summary>A counter without a usable table counts nothing, so its test never holds.</summary>
    private void ReadLimit(HaproxyLine line, CountTest count)
    {
        var name = count.Table ?? (count.Tracked ? _tracked : proxy.Name);
        if (name is null || (count.Tracked && _tracked is null))
        {
            Notes.NotCarried(line, "nothing is tracked ahead of this rule, so it never holds: it was left out");
            return;
        }
        if (tables.Find(name) is not { } table)
        {
            Notes.NotCarried(line, $"there is no table '{HaproxyLine.Shown(name)}' of addresses: the limit was left out");
            return;
        }
        // Before the track rule the table has not counted this connection, so one more is admitted.
        var limit = count.Most + (count.Tracked || _tracked == name ? 0 : 1);
        if (limit is < 1 or > 1_000_000)
            Notes.NotCarried(line, $"{limit} is no limit that Edge has; expected 1 to 1000000");
        else if (count.What == CountKind.Rate && table.Period is null)
            Notes.NotCarried(line, "its table stores no rate, so it never holds: it was left out");
        else
            Limits.Add(new CountLimit(line, count, limit, table));
    }
}
