namespace HaproxyImport;

/// <summary>The routes of one listener, made from HAProxy's decisions for each class of clients, and compared with them.</summary>
internal sealed class FrontRoutes
{
    private readonly OrderedDictionary<SniPattern, Target> _targets = [];
    private readonly Dictionary<ClientKind, Decision> _others = [];

    /// <summary>The target of a name: that of the client's first listed protocol, or the default.</summary>
    private sealed record Target(Decision Default, OrderedDictionary<string, Decision> Protocols)
    {
        public IEnumerable<Decision> Decisions => Protocols.Values.Append(Default);

        public bool IsSame(Target other) => Default.Outcome == other.Default.Outcome && Protocols.Count == other.Protocols.Count
            && Protocols.All(own => other.Protocols.TryGetValue(own.Key, out var leads) && leads.Outcome == own.Value.Outcome);

        /// <summary>The possible outcomes for every order of a client's protocols.</summary>
        public List<Outcome> Of(Client client)
        {
            var listed = client.Protocols.Where(Protocols.ContainsKey).Select(protocol => Protocols[protocol].Outcome).ToList();
            return listed.Count == 0 ? [Default.Outcome] : listed;
        }
    }

    public FrontRoutes(IReadOnlyList<(Client Client, Decision Decision)> decisions)
    {
        foreach (var (client, decision) in decisions)
        {
            if (client.Kind != ClientKind.Named)
                _others.TryAdd(client.Kind, decision);
        }
        foreach (var name in decisions.Where(static one => one.Client.Kind == ClientKind.Named).GroupBy(static one => one.Client.Name))
            _targets.Add(name.Key, ReadTarget([.. name]));
        // A name with the same outcome as the wildcard above it needs no route. The wildcard is decided first.
        var names = _targets.Keys.Where(static name => name.Match != SniMatch.Any)
            .OrderBy(static name => name.Match == SniMatch.Exact).ThenBy(static name => name.Name.Length);
        foreach (var name in names.ToList())
        {
            if (_targets[name].IsSame(Around(name)))
                _targets.Remove(name);
        }
    }

    public bool IsEmpty => _targets.Count == 1 && _targets[SniPattern.Any] is { Default.Outcome.IsBackend: false, Protocols.Count: 0 };

    /// <summary>The routes that are written.</summary>
    public IEnumerable<Decision> Decisions => _targets.Values.SelectMany(static target => target.Decisions).Concat(_others.Values);

    /// <summary>Every backend that a client can reach, in the order of the routes.</summary>
    public IEnumerable<string> Backends => Decisions.Where(static decision => decision.Outcome.IsBackend)
        .Select(static decision => decision.Outcome.Name).Distinct(StringComparer.Ordinal);

    public void WriteRoutes(ConfSection routes)
    {
        foreach (var (name, target) in _targets)
        {
            // All other names without a backend are refused by on-unknown-sni.
            var isRefusedAnyway = name.Match == SniMatch.Any && !target.Default.Outcome.IsBackend;
            if (target.Protocols.Count == 0 && !isRefusedAnyway)
                routes.Set(name.Route, target.Default.Outcome.Written, ImportContext.From(target.Default.Line));
            if (target.Protocols.Count == 0)
                continue;
            var protocols = new ConfSection { Comment = ImportContext.From(target.Default.Line) };
            if (!isRefusedAnyway)
                protocols.Set("default", target.Default.Outcome.Written);
            foreach (var (protocol, leads) in target.Protocols)
                protocols.Set(protocol, leads.Outcome.Written);
            routes.Set(name.Route, protocols);
        }
    }

    public void WritePolicies(ConfSection listener)
    {
        Write("on-no-sni", _others[ClientKind.Nameless].Outcome);
        Write("on-unknown-sni", _targets[SniPattern.Any].Default.Outcome);
        Write("on-not-tls", _others[ClientKind.NotTls].Outcome);
        Write("on-silent", _others[ClientKind.Silent].Outcome);
        // HAProxy reads no more of a hello than its buffer holds, and names nothing that is wrong in one. Edge refuses both by default.
        if (_others[ClientKind.Partial].Outcome is { IsBackend: true } partial)
            Write("on-too-large", partial);
        if (_others[ClientKind.Nameless].Outcome is { IsBackend: true } nameless && nameless == _others[ClientKind.NotTls].Outcome)
            Write("on-malformed", nameless);

        void Write(string key, Outcome outcome)
        {
            if (outcome.IsBackend)
                listener.Section(key).Set("route", ConfValue.Word(outcome.Name));
            else
                listener.Set(key, ConfValue.Word(outcome.Name));
        }
    }

    /// <summary>Notes each rule with a different outcome in Edge, with the first class of affected clients.</summary>
    public void TellDifferences(IEnumerable<(Client Client, Decision Decision)> decisions, ImportNotes notes)
    {
        var told = new HashSet<(HaproxyLine, ClientKind)>();
        foreach (var (client, decision) in decisions)
        {
            foreach (var outcome in Of(client))
            {
                if (outcome != decision.Outcome && told.Add((decision.Line, client.Kind)))
                    notes.Differs(decision.Line, $"HAProxy gives {client} {decision.Outcome}, Edge {outcome}{Reason(client)}");
            }
        }
    }

    private static string Reason(Client client) => client.Kind switch
    {
        ClientKind.Nameless => ": without a name it does not look at protocols",
        ClientKind.Partial => ": it treats them as clients that send nothing",
        _ => ": the first protocol of the client's list that has a route decides",
    };

    /// <summary>Edge's outcome for a client.</summary>
    private List<Outcome> Of(Client client) => client.Kind switch
    {
        ClientKind.Named => (_targets.TryGetValue(client.Name, out var own) ? own : Around(client.Name)).Of(client),
        ClientKind.Partial => [_others[ClientKind.Silent].Outcome],
        _ => [_others[client.Kind].Outcome],
    };

    private static Target ReadTarget(List<(Client Client, Decision Decision)> decisions)
    {
        var plain = decisions[0].Decision;
        var protocols = new OrderedDictionary<string, Decision>(StringComparer.Ordinal);
        foreach (var (client, decision) in decisions)
        {
            if (client.Protocols is [var one] && one != ProtocolTest.Other && decision.Outcome != plain.Outcome)
                protocols.Add(one, decision);
        }
        return new Target(plain, protocols);
    }

    private Target Around(SniPattern name) => _targets[name.Around().Skip(1).First(_targets.ContainsKey)];
}
