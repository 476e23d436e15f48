namespace HaproxyImport;

/// <summary>Stats pages and <c>monitor-uri</c>: what tells how the balancer is. Edge has one address for each of the two.</summary>
internal sealed class AdminTranslator(ImportContext context)
{
    private const string User = "EDGE_STATS_USER", Password = "EDGE_STATS_PASSWORD";
    private const string NoSecrets = $"passwords are not copied: put them into the environment as {User} and {Password}";

    /// <summary>Whether that is what this proxy is for, beside what else it does.</summary>
    public static bool IsAdmin(HaproxySection proxy) => HasStats(proxy) || proxy.Lines.Exists(static line => line.Is("monitor-uri"));

    /// <param name="binds">Its addresses; none if they serve a redirect.</param>
    public void Translate(HaproxySection proxy, IReadOnlyList<BindLine> binds, ConfSection edge)
    {
        var addresses = binds.SelectMany(static bind => bind.Addresses).ToList();
        var key = HasStats(proxy) ? "bind" : "health-bind";
        foreach (var line in proxy.Take("monitor-uri"))
            TellHealth(line, addresses.Count > 0);
        var hasLogin = TellStats(proxy);
        if (addresses.Count == 0)
            return;
        var admin = edge.Section("admin");
        if (admin.Has(key))
        {
            context.Notes.NotCarried(proxy.Header, $"Edge has one address for this, admin.{key}: the first one was taken");
            return;
        }
        if (key == "bind" && !hasLogin && addresses[0].Host is not ("[::1]" or ['1', '2', '7', '.', ..]))
        {
            context.Notes.NotCarried(binds[0].Line, $"Edge shows its pages to the network only with a password (admin.user, admin.password): write one, or an address such as 127.0.0.1:{addresses[0].Port}");
            return;
        }
        admin.Set(key, ConfValue.Text(addresses[0].Settled(addresses).ToString()), ImportContext.From(binds[0].Line));
        if (hasLogin)
        {
            admin.Set("user", ConfValue.Environment(User));
            admin.Set("password", ConfValue.Environment(Password));
        }
        if (addresses.Count > 1)
            context.Notes.NotCarried(binds[^1].Line, $"Edge has one address for this, admin.{key}: the first one was taken");
    }

    private static bool HasStats(HaproxySection proxy) => proxy.Lines.Exists(static line => line.Is("stats") || IsExporter(line));

    private static bool IsExporter(HaproxyLine line) => line.Is("http-request", "use-service", "prometheus-exporter");

    private void TellHealth(HaproxyLine line, bool hasAddress)
    {
        if (!hasAddress)
            context.Notes.NotCarried(line, "Edge answers probes at an address of its own: admin.health-bind");
        else if (line[1] != "/health")
            context.Notes.Differs(line, "Edge answers at /health (it runs) and /ready (it takes clients)");
    }

    /// <returns>Whether it asks for a user.</returns>
    private bool TellStats(HaproxySection proxy)
    {
        var hasLogin = false;
        foreach (var line in proxy.Take("stats"))
        {
            switch (line[1])
            {
                case "auth" or "http-request":
                    hasLogin = true;
                    context.Notes.Differs(line, NoSecrets);
                    break;
                case "admin":
                    context.Notes.Differs(line, "Edge is ordered by \"edge ctl\": control.socket");
                    break;
                case "uri" when line[2] != "/":
                    context.Notes.Differs(line, "Edge's page is at /");
                    break;
                case "enable" or "uri":
                    break;
                default:
                    context.Notes.NothingToDo(line, "Edge's page has a look of its own");
                    break;
            }
        }
        foreach (var line in proxy.Lines.Where(IsExporter))
            context.Notes.NothingToDo(line, "Edge's metrics are at /metrics");
        return hasLogin;
    }
}
