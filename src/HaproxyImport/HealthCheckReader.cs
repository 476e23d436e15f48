namespace HaproxyImport;

/// <summary>What the checks of a backend ask, and what they expect.</summary>
/// <param name="Http">A request; else a connection alone.</param>
/// <param name="Tls">With a handshake ahead of it.</param>
/// <param name="Request">Of HTTP: method, path, host and expected statuses.</param>
internal sealed record HealthCheck(bool Http, bool Tls, string? Sni, ConfSection Request);

/// <summary><c>option httpchk</c> and its kin, with the <c>http-check</c> and <c>tcp-check</c> rules.</summary>
internal static class HealthCheckReader
{
    private const string ConnectsOnly = "Edge's checks connect, shake hands over TLS or ask over HTTP, and send nothing else: the check only connects now";

    private static readonly string[] OtherProtocols = [
        "smtpchk", "mysql-check", "pgsql-check", "redis-check", "ldap-check", "spop-check", "external-check"
    ];

    public static HealthCheck Read(ImportContext context, HaproxySection proxy)
    {
        foreach (var protocol in OtherProtocols)
        {
            if (proxy.Option(protocol) is { } other)
                context.Notes.NotCarried(other, ConnectsOnly);
        }
        if (proxy.Option("httpchk") is { } line)
            return ReadHttp(context, proxy, line);
        var hello = proxy.Option("ssl-hello-chk");
        var check = new HealthCheck(Http: false, Tls: hello is not null, null, new ConfSection());
        if (hello is not null)
            context.Notes.Differs(hello, "Edge shakes hands as a client of today does, where HAProxy says a hello of SSL 3.0");
        return proxy.Option("tcp-check") is null ? check : ReadTcp(context, proxy, check);
    }

    private static HealthCheck ReadTcp(ImportContext context, HaproxySection proxy, HealthCheck check)
    {
        foreach (var line in Rules(proxy, "tcp-check"))
        {
            if (line[1] == "connect")
                check = ReadConnect(context, line, check);
            else if (line[1] != "comment")
                context.Notes.NotCarried(line, ConnectsOnly);
        }
        return check;
    }

    private static HealthCheck ReadHttp(ImportContext context, HaproxySection proxy, HaproxyLine option)
    {
        var request = new ConfSection();
        var check = new HealthCheck(Http: true, Tls: false, null, request);
        var method = option.Words.Count > 3 ? option[2] : "OPTIONS";
        var path = option.Words.Count > 3 ? option[3] : option.Words.Count == 3 ? option[2] : "/";
        var host = option.Words.Count > 4 ? Header(string.Join(' ', option.From(4)), "host") : null;
        foreach (var line in Rules(proxy, "http-check"))
        {
            switch (line[1])
            {
                case "send":
                    (method, path, host) = ReadSend(context, line, method, path, host);
                    break;
                case "expect":
                    ReadExpect(context, line, request);
                    break;
                case "connect":
                    check = ReadConnect(context, line, check);
                    break;
                case "comment" or "disable-on-404" or "send-state":
                    context.Notes.NotCarried(line, "Edge asks, and looks at the status of the answer: nothing else");
                    break;
                default:
                    context.Notes.NotCarried(line, "Edge's checks ask once, and have no variables");
                    break;
            }
        }
        // Edge's own order, so that the same section is the same text.
        var written = new ConfSection();
        Set("method", ConfValue.Word(method), method.Length > 0 && !method.AsSpan().ContainsAnyExceptInRange('A', 'Z'));
        Set("path", ConfValue.Text(path), (path.StartsWith('/') || (path, method) is ("*", "OPTIONS")) && IsPlain(path));
        if (host is not null)
            Set("host", ConfValue.Text(host), host.Length > 0 && IsPlain(host));
        foreach (var field in request.Fields)
            written.Set(field.Key, field.Value, field.Comment);
        return check with { Request = written };

        void Set(string key, ConfValue value, bool usable)
        {
            if (usable)
                written.Set(key, value);
            else
                context.Notes.NotCarried(option, key, "Edge's checks have a method in capitals, a path from the first / on (or * with "
                    + "OPTIONS) and a host without blanks: its default was taken");
        }
    }

    private static bool IsPlain(string text) =>
        text.Length <= 1024 && (HaproxyVariable.IsIn(text) || !text.AsSpan().ContainsAnyExceptInRange('!', '~'));

    private static (string Method, string Path, string? Host) ReadSend(
        ImportContext context, HaproxyLine line, string method, string path, string? host)
    {
        for (var i = 2; i < line.Words.Count; i++)
        {
            switch (line[i])
            {
                case "meth":
                    method = line[++i];
                    break;
                case "uri":
                    path = line[++i];
                    break;
                case "ver":
                    i++;
                    break;
                case "hdr" when line[i + 1].Equals("host", StringComparison.OrdinalIgnoreCase):
                    host = line[i + 2];
                    i += 2;
                    break;
                default:
                    context.Notes.NotCarried(line, line[i], "Edge's checks send a method, a path and the Host header");
                    i += line[i] == "hdr" ? 2 : 1;
                    break;
            }
        }
        return (method, path, host);
    }

    private static void ReadExpect(ImportContext context, HaproxyLine line, ConfSection request)
    {
        var at = 2;
        // Those that say how a failure is reported.
        while (line[at] is "min-recv" or "comment" or "ok-status" or "error-status" or "tout-status" or "on-success" or "on-error"
            or "status-code")
            at += 2;
        if (line[at] == "status" && line.Words.Count == at + 2 && context.Syntax.IsStatusSet(line[at + 1]))
            request.Set("expect", ConfValue.Text(line[at + 1]), ImportContext.From(line));
        else if (line[at] == "rstatus" && Hundreds(line[at + 1]) is { } hundreds)
            request.Set("expect", ConfValue.Text(hundreds), ImportContext.From(line));
        else
            context.Notes.NotCarried(line, "Edge looks at the status of the answer: http.expect = \"2xx,3xx\" or a list of one's own");
    }

    /// <summary>A regular expression for all of some hundreds, such as <c>^2..</c>, <c>[23][0-9][0-9]</c> or <c>^(2|3)..</c>.</summary>
    private static string? Hundreds(string regex)
    {
        var text = regex.TrimStart('^')
            .TrimEnd('$')
            .Replace("[0-9]", ".", StringComparison.Ordinal)
            .Replace("\\d", ".", StringComparison.Ordinal);
        if (!text.EndsWith("..", StringComparison.Ordinal))
            return null;
        var digits = text[..^2].Trim('[', ']', '(', ')').Replace("|", "", StringComparison.Ordinal);
        return digits.Length > 0 && digits.All(static c => c is >= '1' and <= '5')
            ? string.Join(',', digits.Select(static c => $"{c}xx"))
            : null;
    }

    private static HealthCheck ReadConnect(ImportContext context, HaproxyLine line, HealthCheck check)
    {
        for (var i = 2; i < line.Words.Count; i++)
        {
            switch (line[i])
            {
                case "ssl":
                    check = check with { Tls = true };
                    break;
                case "sni":
                    check = check with { Sni = line[++i] };
                    break;
                case "default" or "linger" or "send-proxy":
                    break;
                case "alpn" or "proto" or "comment" or "via-socks4":
                    i++;
                    break;
                default:
                    context.Notes.NotCarried(line, line[i], "Edge checks a server where it dials it");
                    i++;
                    break;
            }
        }
        return check;
    }

    /// <summary>The section's own rules, else those of its defaults: they are not added up.</summary>
    private static List<HaproxyLine> Rules(HaproxySection proxy, string keyword)
    {
        for (var section = proxy; section is not null; section = section.Defaults)
        {
            if (section.Take(keyword) is { Count: > 0 } rules)
                return rules;
        }
        return [];
    }

    /// <summary>Of old, headers stood behind the version: <c>HTTP/1.1\r\nHost:\ www</c>.</summary>
    private static string? Header(string text, string name)
    {
        foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries))
        {
            if (line.Split(':', 2, StringSplitOptions.TrimEntries) is [var key, var value]
                && key.Equals(name, StringComparison.OrdinalIgnoreCase))
                return value;
        }
        return null;
    }
}
