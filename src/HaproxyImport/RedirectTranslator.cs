namespace HaproxyImport;

/// <summary>Frontends that answer plain HTTP with a redirect to https. Edge has one such entrance, with any number of addresses.</summary>
internal sealed class RedirectTranslator(ImportContext context)
{
    private const string AcmePath = "/.well-known/acme-challenge";

    private readonly List<BindAddress> _binds = [];
    private ConfSection? _written;

    /// <summary>Whether that is what this frontend is for.</summary>
    public static bool IsRedirect(HaproxySection proxy) =>
        proxy.Lines.Exists(
            static line =>
                (line.Is("redirect", "scheme") && line[2] == "https")
                    || (line.Is("http-request", "redirect", "scheme") && line[3] == "https"));

    public void Translate(HaproxySection proxy, List<BindLine> binds, ConfSection edge)
    {
        ReadRedirects(proxy);
        _binds.AddRange(binds.SelectMany(static bind => bind.Addresses));
        foreach (var bind in binds.Where(static bind => bind.AcceptsProxy))
            context.Notes.NotCarried(
                bind.Line, "accept-proxy", "Edge's redirect takes no PROXY header: have the balancer ahead send none here");
        var section = new ConfSection { Comment = ImportContext.From(proxy.Header) };
        var addresses = _binds.Select(address => address.Settled(_binds).ToString()).Distinct(StringComparer.Ordinal).ToArray();
        section.Set("bind", addresses is [var one] ? ConfValue.Text(one) : ConfValue.List(addresses));
        if (proxy.Setting("rate-limit", "sessions") is { } rate && context.TryInt(rate, rate[2], 1, 100_000, out var sessions))
            section.Set("rate", ConfValue.Number(sessions));
        else
            section.Set("rate", ConfValue.Word("off"));
        if (proxy.Setting("maxconn") is { } maxconn && context.TryInt(maxconn, maxconn[1], 1, 1_000_000, out var most))
            section.Set("max-connections", ConfValue.Number(most));
        var timeout = proxy.Setting("timeout", "http-request") ?? proxy.Setting("timeout", "client");
        if (timeout is not null && context.TryTime(timeout, timeout[2], out var time) && time > TimeSpan.Zero)
            section.Set("timeout", ConfValue.Time(time));
        if (Acme(proxy) is { } acme)
            section.Set("acme-backend", ConfValue.Text(acme.Address), ImportContext.From(acme.Line));
        if (_written is { } earlier)
        {
            earlier.Set("bind", ConfValue.List(addresses));
            context.Notes.Differs(
                proxy.Header, "Edge has one redirect: this one's addresses were added to those of the first, whose other settings hold");
            return;
        }
        edge.Set("http-redirect", _written = section);
    }

    private void ReadRedirects(HaproxySection proxy)
    {
        foreach (var line in proxy.Take("redirect").Concat(proxy.Take("http-request")).ToList())
        {
            var at = line[0] == "redirect" ? 1 : 2;
            if (line[at - 1] != "redirect" || line[at] != "scheme" || line[at + 1] != "https")
            {
                context.Notes.NotCarried(line, "Edge answers every request of plain HTTP with 301 to https, and does nothing else with it");
                continue;
            }
            var code = "302";
            for (var i = at + 2; i < line.Words.Count && line[i] is not ("if" or "unless"); i++)
            {
                if (line[i] == "code")
                    code = line[++i];
                else
                    context.Notes.NotCarried(line, line[i], "Edge's redirect has no such option");
            }
            if (code != "301")
                context.Notes.Differs(line, $"Edge answers 301, which browsers remember, instead of {HaproxyLine.Shown(code)}");
        }
    }

    /// <summary>The server that answers the challenges of an ACME client, where there is one.</summary>
    private (string Address, HaproxyLine Line)? Acme(HaproxySection proxy)
    {
        var conditions = new ConditionReader(context, proxy);
        (string, HaproxyLine)? found = null;
        foreach (var line in proxy.Take("use_backend"))
        {
            var condition = conditions.Read(line.From(2), line);
            if (condition.Holds(Request($"{AcmePath}/token")) != Truth.True || condition.Holds(Request("/")) != Truth.False)
                context.Notes.NotCarried(line, "Edge answers plain HTTP with a redirect, and passes on nothing but the challenges of ACME");
            else if (context.Backend(line[1]) is { } backend
                && backend.Lines.Find(static server => server[0] == "server" && server.Words.Count > 2) is { } server)
                found ??= (server[2], Settle(backend, server, line));
            else
                context.Notes.NotCarried(
                    line, line[1], "there is no such backend with a server: http-redirect.acme-backend = \"10.0.0.5:80\"");
        }
        foreach (var line in proxy.Take("default_backend"))
            context.Notes.NothingToDo(line, "every request is redirected");
        return found;
    }

    private static Client Request(string path) => new(ClientKind.Http) { Path = path };

    private HaproxyLine Settle(HaproxySection backend, HaproxyLine server, HaproxyLine line)
    {
        foreach (var other in backend.Lines.Where(other => !other.IsSettled))
        {
            if (other == server || other.Is("mode") || other.Is("acl"))
                other.IsSettled = true;
            else
                context.Notes.NotCarried(
                    other,
                    other[0] == "server"
                        ? "Edge asks one server for challenges: the first one"
                        : "Edge passes the challenges of ACME on to one server, and checks nothing");
        }
        return line;
    }
}
