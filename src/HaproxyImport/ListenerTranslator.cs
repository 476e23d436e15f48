using System.Globalization;

namespace HaproxyImport;

/// <summary>Frontends (and listen sections) in mode tcp to listeners and routes.</summary>
internal sealed class ListenerTranslator(ImportContext context, StickTables tables)
{
    private readonly OrderedDictionary<SniPattern, RouteTarget> _routes = [];
    private readonly List<(HaproxySection Proxy, FrontRoutes Routes)> _fronts = [];
    private readonly List<BindAddress> _binds = [];

    /// <summary>Kernel options that are one for all of Edge.</summary>
    public BindLine? DefersAccept { get; private set; }

    /// <summary>The frontends, with the backends that each leads to.</summary>
    public IEnumerable<(HaproxySection Proxy, IEnumerable<string> Backends)> Fronts => _fronts.Select(static front => (front.Proxy, front.Routes.Backends));

    /// <param name="proxies">Those in mode tcp with a usable <c>bind</c> line.</param>
    public void Translate(IReadOnlyList<(HaproxySection Proxy, List<BindLine> Binds)> proxies, ConfSection listeners)
    {
        _binds.AddRange(proxies.SelectMany(static proxy => proxy.Binds).SelectMany(static bind => bind.Addresses));
        foreach (var (proxy, binds) in proxies)
            Translate(proxy, binds, listeners);
    }

    public void WriteRoutes(ConfSection routes)
    {
        foreach (var (_, front) in _fronts)
            Merge(front);
        foreach (var (proxy, front) in _fronts)
            TellShared(proxy, front);
        foreach (var (pattern, target) in _routes)
        {
            if (target.Protocols.Count == 0 && target.Backend is { } only)
            {
                routes.Set(pattern.Route, ConfValue.Word(only), context.From(target.Line));
                continue;
            }
            var protocols = new ConfSection { Comment = context.From(target.Line) };
            if (target.Backend is { } backend)
                protocols.Set("default", ConfValue.Word(backend));
            foreach (var (protocol, leads) in target.Protocols)
                protocols.Set(protocol, ConfValue.Word(leads));
            routes.Set(pattern.Route, protocols);
        }
    }

    private void Translate(HaproxySection proxy, List<BindLine> binds, ConfSection listeners)
    {
        var conditions = new ConditionReader(proxy, new AclReader(context), context.Notes);
        var admission = AdmissionReader.Read(context, proxy, conditions, tables);
        var routes = new FrontRoutes(context.Notes, admission);
        new BackendRules(context, proxy, conditions, routes).Read();
        _fronts.Add((proxy, routes));
        if (!admission.AwaitsHello && admission.HelloTimeout is null && !routes.Targets.Keys.Any(static pattern => pattern.Match != SniMatch.Any))
            context.Notes.Differs(proxy.Header, "it passes any TCP on: Edge waits for a client's first bytes, so protocols in which the server speaks first (SMTP, SSH, MySQL) do not work through it");
        var name = context.NameOf(proxy);
        var plain = binds.Where(static bind => !bind.AcceptsProxy).ToList();
        var proxied = binds.Where(static bind => bind.AcceptsProxy).ToList();
        // Whether a PROXY header comes first, HAProxy has for each address, and Edge for a listener.
        if (plain.Count > 0)
            Write(listeners, name, proxy, plain, admission, routes);
        if (proxied.Count > 0)
            Write(listeners, plain.Count > 0 ? $"{name}-proxied" : name, proxy, proxied, admission, routes);
    }

    private void Write(ConfSection listeners, string name, HaproxySection proxy, List<BindLine> binds, Admission admission, FrontRoutes routes)
    {
        var listener = new ConfSection { Comment = context.From(proxy.Header) };
        for (var i = 2; listeners.Has(name); i++)
            name = string.Create(CultureInfo.InvariantCulture, $"{context.NameOf(proxy)}-{i}");
        listeners.Set(name, listener);
        var addresses = binds.SelectMany(static bind => bind.Addresses).Select(address => address.Settled(_binds).ToString()).Distinct(StringComparer.Ordinal).ToArray();
        listener.Set("bind", addresses is [var one] ? ConfValue.Text(one) : ConfValue.List(addresses), context.From(binds[0].Line));
        WriteBacklog(listener, proxy, binds);
        admission.Access.WriteTo(listener, null);
        WriteLimit(listener, admission);
        if (admission.HelloTimeout is { } timeout)
            listener.Set("hello-timeout", ConfValue.Time(timeout));
        foreach (var (key, kind) in new[] { ("on-no-sni", Clients.Nameless), ("on-unknown-sni", Clients.Unknown), ("on-not-tls", Clients.NotTls) })
            WriteRefusal(listener, key, kind, admission, routes);
        WriteAcceptProxy(listener, binds, admission);
        if (binds.Find(static bind => bind.DefersAccept) is not { } defers)
            return;
        DefersAccept ??= defers;
        context.Notes.Differs(defers.Line, "Edge has defer-accept for all its listeners: transport.defer-accept");
    }

    private void WriteBacklog(ConfSection listener, HaproxySection proxy, List<BindLine> binds)
    {
        var line = binds.Find(static bind => bind.Backlog is not null)?.Line ?? proxy.Setting("backlog");
        var text = binds.Find(static bind => bind.Backlog is not null)?.Backlog ?? line?[1];
        if (line is not null && context.TryInt(line, text!, 1, 65_535, out var backlog))
            listener.Set("backlog", ConfValue.Number(backlog), context.From(line));
        foreach (var bind in binds)
        {
            if (bind.MaxConnections is not null)
                context.Notes.NotCarried(bind.Line, "maxconn", "Edge limits connections as a whole: limits.max-connections");
        }
    }

    private void WriteLimit(ConfSection listener, Admission admission)
    {
        if (admission.Rate is null && admission.Open is null)
        {
            listener.Set("rate-limit", ConfValue.Word("off"));
            return;
        }
        var limit = new ConfSection { Comment = context.From(admission.Rate?.Line ?? admission.Open!.Value.Line) };
        listener.Set("rate-limit", limit);
        limit.Set("limit", admission.Rate is { } rate ? ConfValue.Number(rate.Limit) : ConfValue.Word("off"));
        if (admission.Open is { } open)
            limit.Set("max-connections", ConfValue.Number(open.Limit));
        if (admission.Rate is { } found)
            WriteTable(limit, found.Table, admission.Key);
    }

    private void WriteTable(ConfSection limit, StickTable table, (string IPv4, string IPv6)? key)
    {
        var period = table.Period!.Value;
        limit.Set("per", ConfValue.Time(period));
        if (table.Size is >= 1 and <= 100_000_000)
            limit.Set("table-size", ConfValue.Number(table.Size));
        else
            context.Notes.NotCarried(table.Line, "size", "expected 1 to 100000000: Edge's default was taken");
        // Without a word on it, entries stay until the table is full; their rates are zero after two periods, so nothing is lost.
        var expire = table.Expire ?? TimeSpan.FromMinutes(1);
        if (expire < 2 * period)
        {
            if (table.Expire is not null)
                context.Notes.Differs(table.Line, "an address that is forgotten within two periods has its limit anew: Edge's 'expire' is two periods at least");
            expire = 2 * period;
        }
        limit.Set("expire", ConfValue.Time(expire));
        if (key is { } cut && HaproxyUnits.TryReadInt(cut.IPv4, 1, 32, out var ipv4) && HaproxyUnits.TryReadInt(cut.IPv6, 1, 128, out var ipv6))
            limit.Section("key").Set("ipv4", ConfValue.Number(ipv4));
        else if (!table.IsIPv6 || key is not null)
            return;
        else
            ipv6 = 128;
        limit.Section("key").Set("ipv6", ConfValue.Number(ipv6));
    }

    private static void WriteRefusal(ConfSection listener, string key, Clients kind, Admission admission, FrontRoutes routes)
    {
        if (admission.Refused.TryGetValue(kind, out var mode))
            listener.Set(key, ConfValue.Word(mode));
        else if (routes.BackendOf(kind) is { } backend)
            listener.Section(key).Set("route", ConfValue.Word(backend));
        else
            listener.Set(key, ConfValue.Word("close"));
    }

    private void WriteAcceptProxy(ConfSection listener, List<BindLine> binds, Admission admission)
    {
        var networks = binds.Exists(static bind => bind.AcceptsProxy) ? ["0.0.0.0/0", "::/0"] : admission.ProxiesFrom;
        if (networks is null or [])
            return;
        listener.Section("accept-proxy").Set("from", ConfValue.List(networks.Distinct(StringComparer.Ordinal)));
        if (binds.Find(static bind => bind.AcceptsProxy) is { } bind)
            context.Notes.Differs(bind.Line, "anyone who reaches this address may say whose client it is, as with HAProxy: write the balancers' networks into accept-proxy.from; one that sends no header is a client to Edge, and refused by HAProxy");
    }

    private void Merge(FrontRoutes front)
    {
        foreach (var (pattern, target) in front.Targets)
        {
            if (target.Backend is null && target.Protocols.Count == 0)
                continue;
            if (!_routes.TryGetValue(pattern, out var there))
                _routes.Add(pattern, target);
            else if (there.Backend != target.Backend || !there.Protocols.SequenceEqual(target.Protocols))
                context.Notes.NotCarried(target.Line, $"Edge's routes hold for every listener, and line {there.Line.Number} leads \"{pattern.Route}\" elsewhere: this route was left out; run a second Edge for it");
        }
    }

    private void TellShared(HaproxySection proxy, FrontRoutes front)
    {
        var more = _routes.Keys.Where(pattern => !front.Targets.ContainsKey(pattern)).Select(static pattern => $"\"{pattern.Route}\"").ToList();
        if (more.Count > 0)
            context.Notes.Differs(proxy.Header, $"Edge's routes hold for every listener: this one now leads {string.Join(", ", more.Take(3))}{(more.Count > 3 ? $" and {more.Count - 3} more" : "")} to their backends, too");
    }
}
