namespace EdgeHost.Import;

/// <summary>Stats pages and <c>monitor-uri</c>: what tells how the balancer is.</summary>
internal sealed class AdminTranslator(ImportContext context)
{
    /// <summary>Whether that is what this proxy is for, beside what else it does.</summary>
    public static bool IsAdmin(HaproxySection proxy) =>
        proxy.Lines.Exists(static line => line.Is("stats") || line.Is("monitor-uri") || line.Is("http-request", "use-service", "prometheus-exporter"));

    public void Translate(HaproxySection proxy)
    {
        foreach (var line in proxy.Lines.Where(static line => line.Is("stats") || line.Is("monitor-uri") || line.Is("http-request", "use-service") || line.Is("bind")))
        {
            if (!line.IsSettled)
                context.Notes.NotCarried(line, "set up Edge's own pages for this");
        }
    }
}
