namespace HaproxyImport;

/// <summary>What to say of the lines that no translation has looked at: most need nothing, and some are missed.</summary>
internal static class Leftovers
{
    private const string Http = "Edge passes TLS through, and sees no HTTP";
    private const string Logs = "Edge writes a line for each step of a connection to standard output: the section log";
    private const string ProcessOnly = "it concerns HAProxy's own process";
    private const string Kernel = "Edge sets what its sockets need";
    private const string Terminates = "Edge ends no TLS: certificates and ciphers belong to the servers";

    /// <summary>By keyword, or keyword and what follows it. "nothing to do" is left to the reader of the table: these need
    /// nothing.</summary>
    private static readonly Dictionary<string, string> Needless = Table(
        (Logs, "log log-format error-log-format log-format-sd log-tag log-send-hostname option:tcplog option:httplog option:httpslog option:dontlognull option:dontlog-normal option:logasap option:log-separate-errors option:log-health-checks option:contstats option:socket-stats unique-id-format unique-id-header no:log"),
        ("Edge moves bulk data with splice(2) by itself", "option:splice-auto option:splice-request option:splice-response"),
        (ProcessOnly, "daemon user group uid gid chroot pidfile master-worker mworker-max-reloads ulimit-n node description id guid numa-cpu-mapping cpu-map cpu-policy thread-groups thread-group nbproc localpeer set-dumpable stats-file strict-limits unix-bind zero-warning busy-polling noepoll nopoll noreuseport nogetaddrinfo quiet debug insecure-fork-wanted insecure-setuid-wanted harden.reject-privileged-ports.tcp grace profiling.tasks profiling.memory expose-experimental-directives max-spread-checks server-state-base server-state-file server-state-file-name load-server-state-from-file close-spread-time fd-hard-limit default-path pp2-never-send-local force-cfg-parser-pause warn-blocked-traffic-after ssl-load-extra-files ssl-server-verify maxcompcpuusage maxcomprate h1-case-adjust h2-workaround-bogus-websocket-clients httpclient.ssl.verify httpclient.resolvers.prefer"),
        (Terminates, "ssl-default-bind-ciphers ssl-default-bind-ciphersuites ssl-default-bind-options ssl-default-bind-curves ssl-default-server-ciphers ssl-default-server-ciphersuites ssl-default-server-options ssl-dh-param-file ca-base crt-base key-base issuers-chain-path ssl-engine ssl-mode-async maxsslconn maxsslrate ssl-security-level ssl-propquery ssl-provider"),
        (Kernel, "option:tcp-smart-accept option:tcp-smart-connect option:nolinger option:independent-streams"),
        (Http, "option:forwardfor option:originalto option:http-server-close option:http-keep-alive option:httpclose option:http-no-delay option:http-pretend-keepalive option:http-buffer-request option:http-ignore-probes option:http-use-proxy-header option:http-restrict-req-hdr-names option:accept-invalid-http-request option:accept-invalid-http-response option:accept-unsafe-violations-in-http-request option:accept-unsafe-violations-in-http-response option:checkcache option:prefer-last-server option:persist option:idle-close-on-response option:disable-h2-upgrade option:h1-case-adjust-bogus-client option:h1-case-adjust-bogus-server option:abortonclose option:transparent option:http_proxy errorfile errorfiles errorloc errorloc302 errorloc303 http-error http-reuse http-send-name-header max-keep-alive-queue timeout:http-request timeout:http-keep-alive timeout:tarpit compression declare capture cookie hash-balance-factor retry-on"),
        ("Edge has no state of its own to keep", "persist force-persist ignore-persist"),
        ("no rule that was carried over waits for it", "tcp-request:inspect-delay tcp-response:inspect-delay"),
        ("it is the default", "enabled"));

    private static readonly Dictionary<string, string> Missed = Table(
        ("the kernel's number and interval of keepalive probes hold: net.ipv4.tcp_keepalive_probes, net.ipv4.tcp_keepalive_intvl",
            "clitcpka-cnt clitcpka-intvl srvtcpka-cnt srvtcpka-intvl"),
        (
            "Edge looks names up as the system does: have the name servers in /etc/resolv.conf",
            "nameserver parse-resolv-conf accepted_payload_size resolve_retries timeout:resolve timeout:retry hold"),
        ("Edge has no variables of its own: ${?NAME} takes a value from the environment", "unsetenv resetenv set-var set-var-fmt"),
        (
            "Edge runs no code of others",
            "lua-load lua-load-per-thread lua-prepend-path tune.lua filter spoe-agent external-check insecure-fork-wanted"),
        (
            Http + ": this rule does not hold any more",
            "http-request http-response http-after-response redirect reqadd rspadd use-fcgi-app monitor-uri monitor"),
        (
            "Edge is asked and ordered by \"edge ctl\" over a socket of its own: control.socket = \"/run/edge/ctl.sock\"",
            "stats:socket stats:timeout stats:maxconn stats:bind-process"),
        ("Edge has its pages at an address of their own: admin.bind", "stats"),
        ("Edge has one balancing rule for a backend: make a backend of its own for these servers, and a route to it", "use-server"),
        ("Edge balances by address and by load alone", "hash-type hash-preserve-affinity"),
        ("Edge keeps clients at a server by their address alone: balance = source", "stick"),
        ("no listener that was carried over comes to this rule", "tcp-request"),
        ("Edge does not look at what servers answer: THIS RULE DOES NOT HOLD any more", "tcp-response"),
        ("Edge has a maxconn for each server, whatever the load", "fullconn minconn"),
        ("Edge sends no mail: watch its metrics", "email-alert mailers"),
        ("Edge forwards to named servers alone: servers = [...]", "dispatch transparent"),
        (
            "Edge limits new connections for each address, not for all together: rate-limit of the listener",
            "rate-limit maxconnrate maxsessrate"),
        ("Edge answers no probes on a listener: one that connects and leaves is a client that left", "monitor-net"),
        (
            "Edge has it from the section that names it alone",
            "default_backend use_backend stick-table bind server server-template default-server"));

    private static readonly Dictionary<string, string> Sections = Table(
        ("Edge's pages have one user, who comes from the environment: passwords are not copied", "userlist"),
        ("Edge's nodes share no tables: each counts for itself", "peers"),
        ("Edge sends no mail: watch its metrics", "mailers"),
        (Http, "cache http-errors fcgi-app"),
        (Logs, "ring log-forward log-profile traces"),
        ("start it beside Edge", "program"),
        (Terminates, "crt-store acme"));

    /// <summary>Keywords that a defaults section may have for proxies that do not ask for them.</summary>
    private static readonly HashSet<string> Shared = new(StringComparer.Ordinal)
    {
        "mode", "timeout", "retries", "balance", "maxconn", "backlog", "source", "default-server", "default_backend", "redispatch", "allbackups", "httpchk", "http-check",
        "tcp-check", "ssl-hello-chk", "rate-limit", "stats", "monitor-uri", "disabled", "tcpka", "clitcpka", "srvtcpka", "clitcpka-idle",
        "srvtcpka-idle",
    };

    public static void Tell(IReadOnlyList<HaproxySection> sections, ImportNotes notes)
    {
        foreach (var section in sections)
        {
            if (section.Kind == SectionKind.Other)
                TellWhole(section, Sections.GetValueOrDefault(section.Header[0]) ?? "Edge has no such section", notes);
            foreach (var line in section.Lines)
            {
                if (line.IsSettled)
                    continue;
                if (section.Kind == SectionKind.Defaults && Shared.Contains(line[0] == "option" ? line[1] : line[0]))
                    notes.NothingToDo(line, "nothing that was carried over uses it");
                else
                    Tell(line, notes);
            }
        }
    }

    /// <summary>A section that is left out, line by line, so that nobody has to look what was in it.</summary>
    public static void TellWhole(HaproxySection section, string why, ImportNotes notes)
    {
        notes.NotCarried(section.Header, why);
        foreach (var line in section.Lines)
        {
            if (!line.IsSettled)
                notes.NotCarried(line, $"it belongs to line {section.Header.Number}, which was not carried over");
        }
    }

    private static void Tell(HaproxyLine line, ImportNotes notes)
    {
        if (line[0].StartsWith("tune.", StringComparison.Ordinal))
            notes.NothingToDo(line, "it tunes HAProxy; Edge's own figures are in the sections limits and transport");
        else if (Find(Needless, line) is { } why)
            notes.NothingToDo(line, why);
        else if (line[0] is "no" or "default")
            notes.NothingToDo(line, "it switches off what Edge was not told to do");
        else if (line[0] == "stats")
            notes.Differs(line, Find(Missed, line)!);
        else
            notes.NotCarried(line, Find(Missed, line) ?? "this is not known to the import: see hocon/edge.conf for what Edge can do");
    }

    private static string? Find(Dictionary<string, string> table, HaproxyLine line) =>
        table.GetValueOrDefault($"{line[0]}:{line[1]}") ?? table.GetValueOrDefault(line[0]);

    private static Dictionary<string, string> Table(params ReadOnlySpan<(string Text, string Keywords)> rows)
    {
        var table = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (text, keywords) in rows)
        {
            foreach (var keyword in keywords.Split(' '))
                table[keyword] = text;
        }
        return table;
    }
}
