namespace HaproxyImport;

/// <summary>The <c>tcp-request</c> rules of a frontend, in the order in which HAProxy asks them: those of connections, of sessions, then of contents.</summary>
internal sealed class AdmissionReader
{
    private const string ByAddressFirst = "Edge turns addresses away before it knows a name, so an address cannot be barred from some names alone: THIS RULE DOES NOT HOLD any more; let the server behind check the address";

    private readonly ImportContext _context;
    private readonly HaproxySection _proxy;
    private readonly ConditionReader _conditions;
    private readonly StickTables _tables;
    private readonly Admission _admission = new();
    private NameSet _acceptedNames = new();
    private Clients _accepted;
    private string? _tracked;

    private AdmissionReader(ImportContext context, HaproxySection proxy, ConditionReader conditions, StickTables tables) =>
        (_context, _proxy, _conditions, _tables) = (context, proxy, conditions, tables);

    private ImportNotes Notes => _context.Notes;

    public static Admission Read(ImportContext context, HaproxySection proxy, ConditionReader conditions, StickTables tables)
    {
        var reader = new AdmissionReader(context, proxy, conditions, tables);
        if (proxy.Setting("tcp-request", "inspect-delay") is { } delay && context.TryTime(delay, delay[2], out var time) && time > TimeSpan.Zero)
            reader._admission.HelloTimeout = time;
        foreach (var ruleset in new[] { "connection", "session", "content" })
        {
            reader.Begin();
            foreach (var line in proxy.Take("tcp-request", ruleset))
                reader.Add(line);
        }
        return reader._admission;
    }

    /// <summary>What one set of rules accepts, the next one still may turn away.</summary>
    private void Begin()
    {
        (_accepted, _acceptedNames) = (Clients.None, new NameSet());
        _admission.Access.Begin();
    }

    private void Add(HaproxyLine line)
    {
        var action = line[2];
        var at = Enumerable.Range(3, Math.Max(0, line.Words.Count - 3)).FirstOrDefault(i => line[i] is "if" or "unless", line.Words.Count);
        var condition = _conditions.Read(line.From(at), line);
        _admission.AwaitsHello |= line[1] == "content";
        switch (action)
        {
            case "accept" or "reject" or "silent-drop":
                foreach (var alternative in condition.Alternatives)
                    Add(line, action, RuleMatch.Of(alternative));
                break;
            case "expect-proxy":
                AddProxy(line, condition);
                break;
            case var _ when action.StartsWith("track-sc", StringComparison.Ordinal):
                Track(line, at);
                break;
            case "capture" or "set-log-level" or "do-log":
                Notes.NothingToDo(line, "Edge's log has the name, the addresses and the reason of each connection");
                break;
            case var _ when action.StartsWith("set-var", StringComparison.Ordinal) || action.StartsWith("unset-var", StringComparison.Ordinal):
                Notes.NothingToDo(line, "Edge has no variables; conditions that use this one were read as if its expression stood there");
                break;
            default:
                Notes.NotCarried(line, action, "Edge has no such action: clients are admitted without");
                break;
        }
    }

    private void Add(HaproxyLine line, string action, RuleMatch match)
    {
        if (match.Problem is { } problem)
            Notes.NotCarried(line, action == "accept" ? problem : $"{problem}; THIS RULE DOES NOT HOLD any more");
        else if (match.Count is { } count)
            Limit(line, action, match, count);
        else if (match.From is not null || match.NotFrom is not null)
            AddAccess(line, action, match);
        else if (match.Path is not null || match.NotPath is not null || match.Protocols is not null)
            Notes.NotCarried(line, $"Edge decides by address and by name: {(action == "accept" ? "the rule is not needed" : "THIS RULE DOES NOT HOLD any more")}");
        else if (action == "accept")
            Accept(match);
        else
            Refuse(line, action == "silent-drop" ? "silent-drop" : "close", match);
    }

    private void Accept(RuleMatch match)
    {
        if (match.Names is { } names)
            _acceptedNames.Add(names.Patterns);
        else
            _accepted |= match.Clients;
    }

    private void Refuse(HaproxyLine line, string mode, RuleMatch match)
    {
        if (match.Names is { } blocked)
        {
            _admission.Blocked.Add(blocked.Patterns.Where(pattern => !_acceptedNames.Covers(pattern)));
            return;
        }
        var kinds = match.Clients & ~_accepted;
        if (kinds.HasFlag(Clients.Named) && _acceptedNames.Count == 0)
        {
            Notes.NotCarried(line, "it turns every client away that comes so far, and nothing would be left to route: this rule was left out");
            return;
        }
        if (kinds.HasFlag(Clients.Unknown))
        {
            var known = _acceptedNames.Count == 0 ? match.OtherThan?.Patterns ?? [] : [.. _acceptedNames.Patterns, .. match.OtherThan?.Patterns ?? []];
            if (_admission.Known is { } earlier)
                known = [.. known.Where(earlier.Covers)];
            if (!_admission.IsRefused(Clients.Unknown) || match.OtherThan is not null)
                _admission.Known = new NameSet(known);
        }
        foreach (var kind in new[] { Clients.Unknown, Clients.Nameless, Clients.NotTls })
        {
            if (kinds.HasFlag(kind))
                _admission.Refused.TryAdd(kind, mode);
        }
    }

    private void AddAccess(HaproxyLine line, string action, RuleMatch match)
    {
        var denies = action != "accept";
        if (match.Clients != Clients.All || match.Names is not null || match.Protocols is not null)
        {
            Notes.NotCarried(line, denies ? ByAddressFirst : "an address cannot be excepted from the rules for names that follow: it has to keep to them");
            return;
        }
        if (action == "reject")
            Notes.Differs(line, "Edge drops those without an answer instead of closing");
        if (!denies)
            Notes.Differs(line, "in Edge the smallest network decides rather than the first rule, and whoever is let in is still subject to the limits");
        // The exceptions come first, as they are decided before those around them.
        if (match.NotFrom is { } others)
        {
            _admission.Access.Add(others, !denies);
            _admission.Access.DeniesOthers |= denies && match.From is null;
        }
        if (match.From is { } from)
            _admission.Access.Add(from, denies);
    }

    private void AddProxy(HaproxyLine line, Condition condition)
    {
        _admission.ProxiesFrom ??= [];
        foreach (var alternative in condition.Alternatives)
        {
            var match = RuleMatch.Of(alternative);
            if (match is { From: { Files.Count: 0 } from, NotFrom: null, Problem: null })
                _admission.ProxiesFrom.AddRange(from.Networks);
            else if (match.IsAlways)
                _admission.ProxiesFrom.AddRange(["0.0.0.0/0", "::/0"]);
            else
                Notes.NotCarried(line, "write the networks of the balancers ahead into accept-proxy { from = [...] }");
        }
    }

    /// <summary><c>track-sc0 src [table NAME]</c>, where an address may be cut to a network: <c>src,ipmask(24,64)</c>.</summary>
    private void Track(HaproxyLine line, int condition)
    {
        var key = AclExpression.Read([line[3]]);
        if (key is not { Fetch: "src", Converters: [] or [_] } || (key.Converters is [var cut] && !cut.StartsWith("ipmask(", StringComparison.Ordinal)))
        {
            Notes.NotCarried(line, line[3], "Edge counts by address, and by nothing else");
            return;
        }
        if (_tracked is not null)
        {
            Notes.NotCarried(line, "Edge has one limit for an address: this second counter was left out");
            return;
        }
        _tracked = line[4] == "table" ? line[5] : _proxy.Name;
        if (key.Converters is [var mask])
            _admission.Key = mask[7..].TrimEnd(')').Split(',') is [var ipv4, .. var rest] ? (ipv4, rest is [var ipv6] ? ipv6 : "128") : null;
        if (condition < line.Words.Count)
            Notes.NotCarried(line, line[condition], "Edge counts every address, so the limit holds for all");
    }

    private void Limit(HaproxyLine line, string action, RuleMatch match, CountTest count)
    {
        var table = count.Table ?? (count.Tracked ? _tracked : _proxy.Name);
        if (action == "accept" || match.Clients != Clients.All || match.Names is not null)
        {
            Notes.NotCarried(line, "Edge's limits hold for all clients of a listener alike: this one was left out");
            return;
        }
        if (_accepted.HasFlag(Clients.Tls))
        {
            Notes.NotCarried(line, "HAProxy never comes to this rule with TLS, as one above accepts it: the limit was left out");
            return;
        }
        if (table is null || (count.Tracked && _tracked is null) || _tables.Find(table) is not { } found)
        {
            Notes.NotCarried(line, table is null ? "nothing is tracked ahead of this rule, so it never holds: it was left out" : $"there is no table '{HaproxyLine.Shown(table)}' of addresses: the limit was left out");
            return;
        }
        if (match.From is not null || match.NotFrom is not null)
            Notes.NotCarried(line, "addresses in it", "Edge excepts no address from the limit: it holds for all");
        if (action == "reject")
            Notes.Differs(line, "Edge drops those beyond the limit without an answer instead of closing");
        // Asked ahead of the track rule, a table does not know of this connection yet, which so is one more.
        var limit = count.Most + (count.Tracked || _tracked == table ? 0 : 1);
        if (limit is < 1 or > 1_000_000)
            Notes.NotCarried(line, $"{limit} is no limit that Edge has; expected 1 to 1000000");
        else if (count.What == CountKind.Open)
            Set(line, _admission.Open is null, () => _admission.Open = (line, limit));
        else if (found.Period is null)
            Notes.NotCarried(line, "its table stores no rate, so it never holds: it was left out");
        else
            Set(line, _admission.Rate is null, () => _admission.Rate = (line, limit, found));
    }

    private void Set(HaproxyLine line, bool first, Action set)
    {
        if (first)
            set();
        else
            Notes.NotCarried(line, "Edge has one such limit for an address: the first one was taken");
    }
}
