namespace HaproxyImport;

/// <summary>A rule of <c>tcp-request</c> that decides about a client.</summary>
/// <param name="Refusal">Null: the client is accepted, which ends its set of rules.</param>
internal sealed record GateRule(HaproxyLine Line, Condition If, Outcome? Refusal);

/// <summary>A <c>use_backend</c> rule.</summary>
/// <param name="Leads">Null: no backend has this name, so HAProxy uses the default one.</param>
internal sealed record RouteRule(HaproxyLine Line, Condition If, Func<Client, Outcome?> Leads);

/// <summary>The rules of one frontend, evaluated in HAProxy's order: the first one that holds decides.</summary>
internal sealed class FrontRules
{
    private readonly HashSet<HaproxyLine> _fired = [];
    private readonly Dictionary<HaproxyLine, string> _doubts = [];

    /// <summary>The rules of connections, of sessions and of contents.</summary>
    public IReadOnlyList<List<GateRule>> Gates { get; } = [[], [], []];

    public List<GateRule> Contents => Gates[2];

    public List<RouteRule> Routes { get; } = [];

    /// <summary>The outcome of <c>default_backend</c>, or of the proxy itself. Without either, the client is closed.</summary>
    public required Decision Default { get; set; }

    /// <summary>Content rules of each backend, by Edge's name of the backend.</summary>
    public Dictionary<string, List<GateRule>> Behind { get; } = new(StringComparer.Ordinal);

    /// <summary>HAProxy waits for the first bytes if a content rule depends on them.</summary>
    public TimeSpan? InspectDelay { get; set; }

    private IEnumerable<GateRule> AllGates => Gates.Concat(Behind.Values).SelectMany(static rules => rules);

    /// <summary>The conditions in the order in which names are written: routes first.</summary>
    public IEnumerable<Condition> Conditions => Routes.Select(static rule => rule.If).Concat(AllGates.Select(static rule => rule.If));

    public Decision Decide(Client client)
    {
        foreach (var rules in Gates)
        {
            // Connection and session rules are evaluated before the client's first byte.
            if (Refusal(rules, rules == Contents ? client : client with { Kind = ClientKind.Silent, Protocols = [] }) is { } refused)
                return refused;
        }
        var leads = Default;
        foreach (var rule in Routes)
        {
            if (!Fires(rule.Line, rule.If, client))
                continue;
            if (rule.Leads(client) is { } outcome)
                leads = new Decision(outcome, rule.Line);
            break;
        }
        return leads.Outcome.IsBackend && Behind.TryGetValue(leads.Outcome.Name, out var behind) ? Refusal(behind, client) ?? leads : leads;
    }

    /// <summary>Whether HAProxy waits for a client's first bytes before it decides.</summary>
    public bool Waits()
    {
        if (InspectDelay is null)
            return false;
        foreach (var rule in Contents)
        {
            var holds = rule.If.Holds(new Client(ClientKind.Pending));
            if (holds != Truth.False)
                return holds == Truth.Unknown;
        }
        return false;
    }

    /// <summary>The first rule that distinguishes two clients.</summary>
    public HaproxyLine? FirstDifference(Client one, Client other) =>
        Gates.SelectMany(static rules => rules).Select(static rule => (rule.Line, rule.If))
            .Concat(Routes.Select(static rule => (rule.Line, rule.If)))
            .Concat(Behind.Values.SelectMany(static rules => rules).Select(static rule => (rule.Line, rule.If)))
            .FirstOrDefault(rule => rule.If.Holds(one) != rule.If.Holds(other)).Line;

    /// <summary>The rules that could not be understood, and those without an effect.</summary>
    /// <param name="used">Rules that have a counterpart in the result.</param>
    public void Tell(ImportNotes notes, IReadOnlySet<HaproxyLine> used)
    {
        var refusals = AllGates.Where(static rule => rule.Refusal is not null).Select(static rule => rule.Line).ToHashSet();
        foreach (var (line, why) in _doubts)
            notes.NotCarried(line, why + (refusals.Contains(line) ? "; THIS RULE DOES NOT HOLD any more" : ""));
        foreach (var line in refusals.Concat(Routes.Select(static rule => rule.Line)))
        {
            if (!used.Contains(line) && !notes.IsTold(line))
                notes.NothingToDo(line, _fired.Contains(line) ? "its clients get the same without it" : "no client comes to this rule");
        }
    }

    private Decision? Refusal(List<GateRule> rules, Client client)
    {
        foreach (var rule in rules)
        {
            if (Fires(rule.Line, rule.If, client))
                return rule.Refusal is { } refusal ? new Decision(refusal, rule.Line) : null;
        }
        return null;
    }

    /// <summary>A rule with an unknown result is noted, and counts as not holding.</summary>
    private bool Fires(HaproxyLine line, Condition condition, Client client)
    {
        var holds = condition.Holds(client);
        if (holds == Truth.True)
            _fired.Add(line);
        else if (holds == Truth.Unknown)
            _doubts.TryAdd(line, condition.Doubt(client));
        return holds == Truth.True;
    }
}
