namespace HaproxyImport;

/// <summary>One frontend in mode tcp: HAProxy's decisions for each class of clients, as routes, lists and limits of Edge.</summary>
internal sealed class Front
{
    private readonly ImportContext _context;
    private readonly FrontRules _rules;
    private readonly GateReader _gates;
    private readonly List<SourceClass> _sources;
    private readonly List<Client> _clients;
    private readonly Dictionary<string, Decision[]> _rows = new(StringComparer.Ordinal);
    private readonly SourceClass _usual;

    /// <summary>Maximum groups of networks that rules distinguish. Each has its own decisions, which take time and memory.</summary>
    private readonly int _maxRows;

    private Front(ImportContext context, HaproxySection proxy, GateReader gates, FrontRules rules, IEnumerable<SniPattern> keys)
    {
        (_context, Proxy, _gates, _rules) = (context, proxy, gates, rules);
        var conditions = rules.Conditions.Concat(gates.ExpectsProxy.Select(static rule => rule.If));
        var tests = conditions.SelectMany(static condition => condition.Tests).ToList();
        _clients = ClientClasses.Of(tests, keys, proxy.Header, context.Notes);
        _sources = SourceClass.Of(tests);
        _maxRows = Math.Max(64, 50_000_000 / (_clients.Count * (25 + rules.Conditions.Count())));
        // Routes are made for the addresses that are not denied.
        _usual = _sources.Find(source => !IsRefused(source)) ?? SourceClass.Other;
        Routes = new FrontRoutes(Decisions);
        AsksForContent = tests.Exists(static test => test.IsAboutContent);
        Access = [.. SourceClass.Entries(_sources, IsDenied)];
        DeniesOthers = IsDenied(SourceClass.Other);
        TellSources();
        Rate = FindLimit(CountKind.Rate);
        Open = FindLimit(CountKind.Open);
        Excepted = ReadExcepted();
        TellWaiting();
        Routes.TellDifferences(Decisions, context.Notes);
        rules.Tell(context.Notes, UsedLines().ToHashSet());
    }

    public HaproxySection Proxy { get; }

    public FrontRoutes Routes { get; }

    /// <summary>Null: Edge's default.</summary>
    public TimeSpan? HelloTimeout => AsksForContent ? _rules.InspectDelay : TimeSpan.FromSeconds(1);

    /// <summary>The limit of connections per period.</summary>
    public CountLimit? Rate { get; }

    /// <summary>The limit of open connections.</summary>
    public CountLimit? Open { get; }

    /// <summary>Networks to which no limit applies.</summary>
    public IReadOnlyList<SourceClass> Excepted { get; }

    public (string IPv4, string IPv6)? Key => _gates.Key;

    private bool AsksForContent { get; }

    /// <summary>Networks that are denied within those that are not, and the other way round.</summary>
    private List<SourceClass> Access { get; }

    private bool DeniesOthers { get; }

    private List<(Client Client, Decision Decision)> Decisions => [.. _clients.Zip(Row(_usual))];

    public static Front Read(ImportContext context, HaproxySection proxy, StickTables tables)
    {
        var conditions = new ConditionReader(context, proxy);
        var gates = new GateReader(context, proxy, conditions, proxy.Defaults, tables);
        var routes = new RouteRuleReader(context, proxy, conditions);
        var rules = new FrontRules { Default = routes.ReadDefault() };
        var delay = proxy.Setting("tcp-request", "inspect-delay");
        if (delay is not null && context.TryTime(delay, delay[2], out var time) && time > TimeSpan.Zero)
            rules.InspectDelay = time;
        rules.Gates[0].AddRange(gates.Read("connection"));
        rules.Gates[1].AddRange(gates.Read("session"));
        rules.Contents.AddRange(gates.Read("content"));
        rules.Routes.AddRange(routes.Read());
        foreach (var rule in rules.Routes.Where(static rule => rule.If.Tests.Any(static test => test is CountTest)))
            context.Notes.NotCarried(rule.Line, "Edge routes by name and protocol, not by rate: no limit was taken to be exceeded");
        foreach (var backend in routes.Sections.Where(backend => backend != proxy))
        {
            foreach (var line in backend.Take("tcp-request", "inspect-delay"))
                context.Notes.NothingToDo(line, "Edge has read the hello before it chooses a backend");
            var defaults = backend.Defaults == proxy.Defaults ? null : backend.Defaults;
            var behind = new GateReader(context, backend, new ConditionReader(context, backend), defaults, tables);
            rules.Behind[context.NameOf(backend)] = behind.Read("content");
            foreach (var limit in behind.Limits)
                context.Notes.NotCarried(limit.Line, "Edge's limits are those of a listener: THIS RULE DOES NOT HOLD any more");
        }
        return new Front(context, proxy, gates, rules, routes.Keys);
    }

    public void WriteAccess(ConfSection listener)
    {
        if (Access.Count == 0)
            return;
        var denied = Access.FindAll(IsDenied);
        SourceKeys.Set(listener, "allow", Access.FindAll(one => !IsDenied(one)));
        // With a deny list, an allow list alone denies no client.
        SourceKeys.Set(listener, "deny", denied, denied.Count > 0 && DeniesOthers ? ["0.0.0.0/0", "::/0"] : []);
    }

    /// <summary>The networks that have to send a PROXY header.</summary>
    public IEnumerable<string> ProxiesFrom()
    {
        foreach (var (line, condition) in _gates.ExpectsProxy)
        {
            var holds = _sources.ToLookup(source => condition.Holds(From(source)));
            if (holds[Truth.Unknown].Any() || holds[Truth.True].Any(static source => source.File is not null))
                _context.Notes.NotCarried(line, "write the networks of the balancers ahead into accept-proxy { from = [...] }");
            else if (holds[Truth.True].Contains(SourceClass.Other))
                return ["0.0.0.0/0", "::/0"];
        }
        return _sources
            .Where(source => source.Network is not null && _gates.ExpectsProxy.Exists(rule => rule.If.Holds(From(source)) == Truth.True))
            .Select(static source => source.ToString());
    }

    private static Client From(SourceClass source) => new(ClientKind.Silent) { Source = source };

    private bool IsRefused(SourceClass source) => Row(source).All(static decision => !decision.Outcome.IsBackend);

    private bool IsDenied(SourceClass source) => source != _usual && IsRefused(source) && !IsRefused(_usual);

    /// <param name="over">A limit that these clients have exceeded.</param>
    private Decision[] Row(SourceClass source, CountTest? over = null)
    {
        // Sources that pass the same tests have the same decisions.
        var key = $"{source.Key} {over}";
        if (_rows.TryGetValue(key, out var row))
            return row;
        if (_rows.Count == _maxRows)
        {
            _context.Notes.NotCarried(
                Proxy.Header,
                $"its rules tell more than {_maxRows} groups of networks apart: the others are treated as all other addresses");
            return Row(SourceClass.Other);
        }
        return _rows[key] = [.. _clients.Select(client => _rules.Decide(client with { Source = source, Over = over }))];
    }

    /// <summary>Edge decides about an address before it reads a name.</summary>
    private void TellSources()
    {
        var usual = Row(_usual);
        foreach (var source in _sources)
        {
            var row = Row(source);
            if (IsDenied(source))
            {
                if (Array.Find(row, static decision => decision.Outcome == Outcome.Close) is { Line: { } line })
                    _context.Notes.Differs(line, "Edge drops those without an answer instead of closing");
                continue;
            }
            var at = Enumerable.Range(0, row.Length).LastOrDefault(i => row[i].Outcome != usual[i].Outcome, -1);
            if (at < 0)
                continue;
            var client = _clients[at];
            var rule = _rules.FirstDifference(client with { Source = source }, client with { Source = _usual }) ?? Proxy.Header;
            var (there, here) = (row[at].Outcome, usual[at].Outcome);
            _context.Notes.NotCarried(
                rule, $"Edge routes by name and protocol, not by address: HAProxy gives {client} from {source} {there}, Edge {here}"
                + (here.IsBackend && !there.IsBackend ? "; THIS RULE DOES NOT HOLD any more, let the server behind check the address"
                    : ""));
        }
    }

    /// <summary>The first limit of a kind that holds for all clients of most addresses.</summary>
    private CountLimit? FindLimit(CountKind kind)
    {
        CountLimit? found = null;
        foreach (var limit in _gates.Limits.Where(limit => limit.Test.What == kind).DistinctBy(static limit => limit.Test))
        {
            var over = Row(_usual, limit.Test);
            if (over.SequenceEqual(Row(_usual)))
                _context.Notes.NotCarried(limit.Line, "clients of most addresses do not come to this rule: it was left out");
            else if (Array.Exists(over, static decision => decision.Outcome.IsBackend))
                _context.Notes.NotCarried(
                    limit.Line, "Edge's limits hold for all clients of a listener, and this one does not: it was left out");
            else if (found is not null)
                _context.Notes.NotCarried(limit.Line, "Edge has one such limit for an address: the first one was taken");
            else
                found = limit;
            if (found == limit && Array.Exists(over, decision => decision.Outcome == Outcome.Close && decision.Line == limit.Line))
                _context.Notes.Differs(limit.Line, "Edge drops those beyond the limit without an answer instead of closing");
        }
        return found;
    }

    private List<SourceClass> ReadExcepted()
    {
        var excepted = new List<SourceClass>();
        if ((Rate ?? Open) is not { } first)
            return excepted;
        foreach (var entry in SourceClass.Entries(_sources, source => IsExcepted(source, first)))
        {
            if (IsExcepted(entry, first))
                excepted.Add(entry);
            else if (!IsDenied(entry))
                _context.Notes.NotCarried(
                    first.Line, entry.ToString(), "Edge excepts whole networks from limits: this one, within one, is excepted, too");
        }
        if (Rate is null || Open is null)
            return excepted;
        if (_sources.Find(source => IsExcepted(source, Rate) != IsExcepted(source, Open)) is { } other)
            _context.Notes.NotCarried(
                Open.Line, other.ToString(), "Edge excepts an address from both limits or from none: as from the rate");
        return excepted;
    }

    private bool IsExcepted(SourceClass source, CountLimit limit) =>
        !IsDenied(source) && Row(source, limit.Test).SequenceEqual(Row(source));

    private IEnumerable<HaproxyLine> UsedLines() =>
        _sources.Where(IsDenied).SelectMany(source => Row(source)).Concat(Routes.Decisions).Select(static decision => decision.Line)
            .Concat(new[] { Rate, Open }.OfType<CountLimit>().Select(static limit => limit.Line));

    private void TellWaiting()
    {
        if (_rules.Waits())
            return;
        if (AsksForContent)
        {
            _context.Notes.Differs(
                Proxy.Header, "HAProxy decides as soon as a client connects, as no tcp-request content rule makes it wait "
                + "for the hello: Edge waits for it, and routes all clients by what they send");
        }
        else
        {
            _context.Notes.Differs(Proxy.Header, "Edge waits for a client's first bytes, for hello-timeout at most: "
                + "where the server speaks first (SMTP, SSH, MySQL), it begins after that time");
        }
    }
}
