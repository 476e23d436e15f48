using System.Globalization;

namespace HaproxyImport;

/// <summary>Frontends (and listen sections) in mode tcp to listeners and routes.</summary>
internal sealed class ListenerTranslator(ImportContext context, StickTables tables)
{
    private readonly List<Front> _fronts = [];
    private readonly List<BindAddress> _binds = [];
    private bool _ownRoutes;

    /// <summary>Kernel options that are one for all of Edge.</summary>
    public BindLine? DefersAccept { get; private set; }

    /// <summary>The frontends, with the backends that each leads to.</summary>
    public IReadOnlyList<Front> Fronts => _fronts;

    /// <summary>With one frontend, all listeners share its routes. With several, each listener has its own.</summary>
    /// <param name="proxies">Those in mode tcp with a usable <c>bind</c> line.</param>
    public void Translate(IReadOnlyList<(HaproxySection Proxy, List<BindLine> Binds)> proxies, ConfSection edge)
    {
        _ownRoutes = proxies.Count > 1;
        _binds.AddRange(proxies.SelectMany(static proxy => proxy.Binds).SelectMany(static bind => bind.Addresses));
        var listeners = edge.Section("listeners");
        foreach (var (proxy, binds) in proxies)
            Translate(proxy, binds, listeners);
        if (_fronts is [var only])
            only.Routes.WriteRoutes(edge.Section("routes"));
    }

    private void Translate(HaproxySection proxy, List<BindLine> binds, ConfSection listeners)
    {
        var front = Front.Read(context, proxy, tables);
        _fronts.Add(front);
        var name = context.NameOf(proxy);
        var plain = binds.Where(static bind => !bind.AcceptsProxy).ToList();
        var proxied = binds.Where(static bind => bind.AcceptsProxy).ToList();
        // Whether a PROXY header comes first, HAProxy has for each address, and Edge for a listener.
        if (plain.Count > 0)
            Write(listeners, name, plain, front);
        if (proxied.Count > 0)
            Write(listeners, plain.Count > 0 ? $"{name}-proxied" : name, proxied, front);
    }

    private void Write(ConfSection listeners, string name, List<BindLine> binds, Front front)
    {
        var listener = new ConfSection { Comment = ImportContext.From(front.Proxy.Header) };
        for (var i = 2; listeners.Has(name); i++)
            name = string.Create(CultureInfo.InvariantCulture, $"{context.NameOf(front.Proxy)}-{i}");
        listeners.Set(name, listener);
        var addresses = binds.SelectMany(static bind => bind.Addresses)
            .Select(address => address.Settled(_binds).ToString())
            .Distinct(StringComparer.Ordinal)
            .ToArray();
        listener.Set("bind", addresses is [var one] ? ConfValue.Text(one) : ConfValue.List(addresses), ImportContext.From(binds[0].Line));
        WriteBacklog(listener, front.Proxy, binds);
        front.WriteAccess(listener);
        WriteLimit(listener, front);
        if (front.HelloTimeout is { } timeout)
            listener.Set("hello-timeout", ConfValue.Time(timeout));
        front.Routes.WritePolicies(listener);
        WriteAcceptProxy(listener, binds, front);
        if (_ownRoutes && !front.Routes.IsEmpty)
            front.Routes.WriteRoutes(listener.Section("routes"));
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
            listener.Set("backlog", ConfValue.Number(backlog), ImportContext.From(line));
        foreach (var bind in binds)
        {
            if (bind.MaxConnections is not null)
                context.Notes.NotCarried(bind.Line, "maxconn", "Edge limits connections as a whole: limits.max-connections");
        }
    }

    private void WriteLimit(ConfSection listener, Front front)
    {
        if ((front.Rate ?? front.Open) is not { } first)
        {
            listener.Set("rate-limit", ConfValue.Word("off"));
            return;
        }
        var limit = new ConfSection { Comment = ImportContext.From(first.Line) };
        listener.Set("rate-limit", limit);
        limit.Set("limit", front.Rate is { } rate ? ConfValue.Number(rate.Limit) : ConfValue.Word("off"));
        if (front.Open is { } open)
            limit.Set("max-connections", ConfValue.Number(open.Limit));
        SourceKeys.Set(limit, "except", front.Excepted);
        if (front.Rate is { } found)
            WriteTable(limit, found.Table, front.Key);
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
                context.Notes.Differs(
                    table.Line,
                    "an address that is forgotten within two periods has its limit anew: Edge's 'expire' is two periods at least");
            expire = 2 * period;
        }
        limit.Set("expire", ConfValue.Time(expire));
        if (key is { } cut
            && HaproxyUnits.TryReadInt(cut.IPv4, 1, 32, out var ipv4)
            && HaproxyUnits.TryReadInt(cut.IPv6, 1, 128, out var ipv6))
            limit.Section("key").Set("ipv4", ConfValue.Number(ipv4));
        else if (!table.IsIPv6 || key is not null)
            return;
        else
            ipv6 = 128;
        limit.Section("key").Set("ipv6", ConfValue.Number(ipv6));
    }

    private void WriteAcceptProxy(ConfSection listener, List<BindLine> binds, Front front)
    {
        var bind = binds.Find(static bind => bind.AcceptsProxy);
        string[] networks = bind is not null ? ["0.0.0.0/0", "::/0"] : [.. front.ProxiesFrom().Distinct(StringComparer.Ordinal)];
        if (networks.Length == 0)
            return;
        listener.Section("accept-proxy").Set("from", ConfValue.List(networks));
        if (bind is not null)
        {
            context.Notes.Differs(
                bind.Line, "as with HAProxy, any client that reaches this address may claim any address in its PROXY header: "
                + "write the networks of the balancers ahead into accept-proxy.from");
        }
    }
}
