namespace HaproxyImport;

/// <summary>The checks of a backend, which HAProxy has for each server and Edge for all of them.</summary>
internal static class HealthTranslator
{
    /// <summary>HAProxy's, without a word on it.</summary>
    private static readonly TimeSpan UsualInterval = TimeSpan.FromSeconds(2);

    /// <summary>Those that Edge has for a backend.</summary>
    private static readonly string[] Shared =
    [
        "inter", "fastinter", "downinter", "rise", "fall", "check-ssl", "check-sni", "observe", "error-limit", "on-error", "on-marked-down", "init-state", "check-send-proxy",
    ];

    public static void Write(ImportContext context, ConfSection backend, HaproxySection proxy, IReadOnlyList<Server> servers)
    {
        var health = backend.Section("health");
        var check = HealthCheckReader.Read(context, proxy);
        if (servers.FirstOrDefault(static server => server.Options.Has("check")) is not { } first)
        {
            health.Set("enabled", ConfValue.Flag(false), servers.Count == 0 ? null : "no server has 'check'");
            return;
        }
        TellDifferences(context, first, servers);
        var options = first.Options;
        var overTls = options.Has("check-ssl") || (options.Has("ssl") && !options.Has(ServerOptions.NoCheckSsl)) || check.Tls;
        var kind = (check.Http, overTls) switch { (true, true) => "https", (true, false) => "http", (false, true) => "tls", _ => "tcp" };
        health.Set("check", ConfValue.Word(kind));
        var interval = Time(context, options, "inter") ?? UsualInterval;
        health.Set("interval", ConfValue.Time(interval));
        if (Time(context, options, "fastinter") is { } fast)
            health.Set("fast-interval", ConfValue.Time(fast));
        if (Time(context, options, "downinter") is { } down)
            health.Set("down-interval", ConfValue.Time(down));
        health.Set("timeout", ConfValue.Time(Timeout(context, proxy, kind, interval)));
        health.Set("fall", ConfValue.Number(Count(context, options, "fall", 3)));
        health.Set("rise", ConfValue.Number(Count(context, options, "rise", 2)));
        WriteHeader(context, health, first);
        if ((options["check-sni"] ?? check.Sni) is { } sni && overTls)
            WriteName(context, health, first.Line, sni);
        if (check.Http)
            health.Set("http", check.Request);
        WriteReactions(context, health, options);
    }

    /// <summary>HAProxy speaks the header of the connections in checks, too, unless they go to an address or a port of their own.</summary>
    private static void WriteHeader(ImportContext context, ConfSection health, Server server)
    {
        var options = server.Options;
        var v1 = options.Has("send-proxy") && !options.Has("send-proxy-v2");
        var wanted = options.Has("check-send-proxy")
            || (
                !options.Has("port")
                    && !options.Has("addr")
                    && options.Names.Any(static name => name.StartsWith("send-proxy", StringComparison.Ordinal)));
        health.Set("send-proxy", ConfValue.Word(wanted && !v1 ? "local" : "off"));
        if (wanted && v1)
            context.Notes.Differs(server.Line, "Edge's checks speak version 2 of the PROXY protocol, and this server knows 1: they come without (health.send-proxy = off), for which the server may log an error");
    }

    private static void WriteName(ImportContext context, ConfSection health, HaproxyLine line, string sni)
    {
        if (HaproxyVariable.IsIn(sni) || context.Syntax.HostName(sni) is not null)
            health.Set("sni", ConfValue.Text(sni));
        else
            context.Notes.NotCarried(line, $"sni {sni}", "this is no host name");
    }

    private static void WriteReactions(ImportContext context, ConfSection health, ServerOptions options)
    {
        if (options["observe"] is { } observe)
        {
            if (observe == "layer4")
                health.Set("observe", ConfValue.Word("connect"));
            else
                context.Notes.NotCarried(
                    options.LineOf("observe"),
                    $"observe {observe}",
                    "Edge sees whether a server takes connections, not what it answers: observe = connect");
        }
        if (options.Has("error-limit"))
            health.Set("error-limit", ConfValue.Number(Count(context, options, "error-limit", 10)));
        if (options["on-error"] is { } reaction)
        {
            var written = reaction switch { "fastinter" => "fast-interval", "fail-check" or "sudden-death" or "mark-down" => reaction, _ => null };
            if (written is not null)
                health.Set("on-error", ConfValue.Word(written));
            else
                context.Notes.NotCarried(
                    options.LineOf("on-error"), $"on-error {reaction}", "expected fastinter, fail-check, sudden-death or mark-down");
        }
        if (options["on-marked-down"] == "shutdown-sessions")
            health.Set("on-marked-down", ConfValue.Word("shutdown-sessions"));
        if (options["init-state"] is { } state)
        {
            health.Set("initial", ConfValue.Word(state is "down" or "fully-down" ? "down" : "up"));
            if (state is "fully-down" or "fully-up")
                context.Notes.Differs(
                    options.LineOf("init-state"),
                    "Edge begins up, and one failed check takes it down, or down, and 'rise' checks bring it up");
        }
    }

    private static void TellDifferences(ImportContext context, Server first, IReadOnlyList<Server> servers)
    {
        foreach (var server in servers)
        {
            if (server.Options.Has("check") != first.Options.Has("check"))
                context.Notes.Differs(server.Line, "Edge checks all servers of a backend or none: this one is checked, too");
            else if (Shared.FirstOrDefault(option => server.Options[option] != first.Options[option]) is { } other)
                context.Notes.NotCarried(
                    server.Line, other, $"Edge checks all servers of a backend in the same way: that of '{first.Name}' was taken");
        }
    }

    /// <summary>For a whole check. HAProxy has the interval for it or, with a timeout of its own, that to connect and then this one to be
    /// answered.</summary>
    private static TimeSpan Timeout(ImportContext context, HaproxySection proxy, string kind, TimeSpan interval)
    {
        if (proxy.Setting("timeout", "check") is not { } line || !context.TryTime(line, line[2], out var check) || check <= TimeSpan.Zero)
            return interval;
        var connect = proxy.Setting("timeout", "connect") is { } other
            && context.TryTime(other, other[2], out var time)
            && time > TimeSpan.Zero
            ? time
            : interval;
        var whole = kind == "tcp" ? connect : connect + check;
        return whole < interval ? whole : interval;
    }

    private static TimeSpan? Time(ImportContext context, ServerOptions options, string name) =>
        options[name] is { } text && context.TryTime(options.LineOf(name), text, out var time) && time > TimeSpan.Zero ? time : null;

    private static int Count(ImportContext context, ServerOptions options, string name, int otherwise) =>
        options[name] is { } text && context.TryInt(options.LineOf(name), text, 1, name == "error-limit" ? 1_000_000 : 1000, out var count)
            ? count
            : otherwise;
}
