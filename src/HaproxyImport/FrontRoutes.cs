namespace HaproxyImport;

/// <summary>Where a route leads.</summary>
/// <param name="Line">The first line that has made it.</param>
internal sealed record RouteTarget(HaproxyLine Line)
{
    /// <summary>For clients of any protocol; null: only those that offer one of <see cref="Protocols"/>.</summary>
    public string? Backend { get; set; }

    /// <summary>For clients that offer this protocol, in the order of the rules.</summary>
    public OrderedDictionary<string, string> Protocols { get; } = new(StringComparer.Ordinal);
}

/// <summary>The routes of one frontend. HAProxy takes the first rule that holds, Edge the closest name; where that would differ, the rule is one that
/// HAProxy never comes to, and is left out.</summary>
internal sealed class FrontRoutes
{
    private static readonly Clients[] Kinds = [Clients.Unknown, Clients.Nameless, Clients.NotTls];
    private static readonly SniPattern Any = new(SniMatch.Any, "");

    private readonly ImportNotes _notes;
    private readonly Admission _admission;
    private readonly OrderedDictionary<SniPattern, RouteTarget> _targets = [];
    private readonly NameSet _settled = new();
    private readonly List<(string Protocol, string Backend, HaproxyLine Line)> _anyName = [];
    private readonly Dictionary<Clients, string> _others = [];

    /// <summary>Names that a rule for all other ones has left to those that follow.</summary>
    private readonly Dictionary<SniPattern, HaproxyLine> _excepted = [];

    public FrontRoutes(ImportNotes notes, Admission admission) => (_notes, _admission) = (notes, admission);

    public IReadOnlyDictionary<SniPattern, RouteTarget> Targets => _targets;

    /// <summary>The backend of clients without a usable name, or without TLS; null: there is none.</summary>
    public string? BackendOf(Clients kind) => _others.GetValueOrDefault(kind);

    /// <summary>Every backend that a client can get to, in the order of the rules.</summary>
    public IEnumerable<string> Backends =>
        _targets.Values.SelectMany(static target => target.Protocols.Values.Append(target.Backend)).OfType<string>()
            .Concat(_others.Values).Distinct(StringComparer.Ordinal);

    /// <summary>One alternative of a <c>use_backend</c> line.</summary>
    public void Add(RuleMatch match, string backend, HaproxyLine line)
    {
        if (!match.IsAboutHello)
        {
            _notes.NotCarried(line, match.Problem ?? "Edge routes by name and protocol, not by address or rate: this rule was left out");
        }
        else if (match.Names is { } names)
        {
            foreach (var pattern in names.Patterns)
            {
                if (match.Protocols is null)
                    AddName(pattern, null, backend, line);
                foreach (var protocol in match.Protocols?.Protocols ?? [])
                    AddName(pattern, protocol, backend, line);
            }
        }
        else if (match.Protocols is { } protocols)
        {
            _anyName.AddRange(protocols.Protocols.Select(protocol => (protocol, backend, line)));
        }
        else
        {
            foreach (var pattern in match.OtherThan?.Patterns ?? [])
                _excepted.TryAdd(pattern, line);
            AddKinds(match.Clients, backend, line);
        }
    }

    /// <param name="backend">Of default_backend; null: there is none.</param>
    public void Finish(string? backend, HaproxyLine? line)
    {
        if (backend is not null)
            AddKinds(Clients.All, backend, line!);
        foreach (var pattern in (_admission.Known?.Patterns ?? []).Concat(_excepted.Keys))
        {
            if (_targets.ContainsKey(pattern) || _settled.Covering(pattern) is { Match: not SniMatch.Any } || _admission.Blocked.Covers(pattern))
                continue;
            if (backend is not null)
                AddName(pattern, null, backend, line!);
            else if (_excepted.TryGetValue(pattern, out var at))
                _notes.NotCarried(at, pattern.Route, "no rule leads anywhere with this name: with Edge it goes where all other names go");
        }
        if (_anyName.Count > 0 && !_admission.IsRefused(Clients.Unknown))
            AddProtocols(GetOrAdd(Any, _anyName[0].Line));
        foreach (var (pattern, target) in _targets)
        {
            // A name of its own is the only route that Edge looks at.
            if (target.Backend is null && pattern != Any)
                target.Backend = _settled.Covering(pattern) is { } wider ? _targets[wider].Backend : null;
        }
        foreach (var blocked in _admission.Blocked.Patterns)
        {
            if (_settled.Covering(blocked) is { } wider)
                _notes.Differs(_targets[wider].Line, $"\"{blocked.Route}\" is turned away by a tcp-request rule; Edge has no route to nowhere, so it goes where \"{wider.Route}\" goes: THIS RULE DOES NOT HOLD any more");
        }
    }

    private void AddName(SniPattern pattern, string? protocol, string backend, HaproxyLine line)
    {
        if (pattern.Match == SniMatch.Any)
        {
            if (protocol is null)
                AddKinds(Clients.Unknown, backend, line);
            else
                _anyName.Add((protocol, backend, line));
            return;
        }
        if (_admission.Known is { } known && !known.Covers(pattern))
        {
            _notes.Differs(line, $"\"{pattern.Route}\" is turned away by a tcp-request rule before it comes here: the route was left out");
            return;
        }
        if (_admission.Blocked.Covers(pattern))
            return;
        if (_settled.Covering(pattern) is { } earlier && !(earlier == Any && _excepted.ContainsKey(pattern)))
        {
            _notes.Differs(line, $"HAProxy never comes to this rule with \"{pattern.Route}\", as that of line {_targets[earlier].Line.Number} takes it: the route was left out");
            return;
        }
        var target = GetOrAdd(pattern, line);
        if (protocol is not null)
        {
            target.Protocols.TryAdd(protocol, backend);
            return;
        }
        target.Backend = backend;
        _settled.Add(pattern);
    }

    private void AddKinds(Clients kinds, string backend, HaproxyLine line)
    {
        foreach (var kind in Kinds)
        {
            if (!kinds.HasFlag(kind) || _admission.IsRefused(kind) || !_others.TryAdd(kind, backend) || kind != Clients.Unknown)
                continue;
            GetOrAdd(Any, line).Backend = backend;
            _settled.Add(Any);
        }
    }

    private RouteTarget GetOrAdd(SniPattern pattern, HaproxyLine line)
    {
        if (_targets.TryGetValue(pattern, out var target))
            return target;
        _targets.Add(pattern, target = new RouteTarget(line));
        AddProtocols(target);
        return target;
    }

    private void AddProtocols(RouteTarget target)
    {
        foreach (var (protocol, backend, _) in _anyName)
            target.Protocols.TryAdd(protocol, backend);
    }
}
