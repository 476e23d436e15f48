namespace HaproxyImport;

/// <summary>What to say of server options that have no counterpart.</summary>
internal static class ServerAdvice
{
    private const string PassedThrough = "Edge passes the client's TLS through, and starts none of its own: the server's certificate is checked by the client";
    private const string NoAgent = "Edge asks no agents: weights and states are set by hand or by checks";

    private static readonly Dictionary<string, string> Advice = new(StringComparer.Ordinal)
    {
        ["ssl"] = "HAProxy would start TLS of its own towards this server: Edge passes through what the client sends, so the server has to take that",
        ["sni"] = PassedThrough, ["verify"] = PassedThrough, ["verifyhost"] = PassedThrough, ["ca-file"] = PassedThrough, ["crt"] = PassedThrough, ["alpn"] = PassedThrough,
        ["agent-check"] = NoAgent, ["agent-addr"] = NoAgent, ["agent-inter"] = NoAgent, ["agent-port"] = NoAgent, ["agent-send"] = NoAgent,
        ["addr"] = "Edge checks a server where it dials it: let the check's answer come from there, or switch checks off (health.enabled)",
        ["port"] = "Edge checks a server where it dials it: let the check's answer come from there, or switch checks off (health.enabled)",
        ["track"] = "Edge checks each server for itself: this one is checked like the others of its backend",
        ["minconn"] = "Edge has one maxconn for a server, whatever the load",
        ["maxqueue"] = "Edge has one queue for a backend, and a bound for that: queue.max",
        ["on-marked-up"] = "Edge leaves connections to backup servers alone when others come back",
        ["namespace"] = "Edge dials from its own network namespace",
        ["socks4"] = "Edge dials servers directly", ["check-via-socks4"] = "Edge dials servers directly",
        ["usesrc"] = "Edge does not dial with a client's address: the PROXY header tells it to the server",
        ["interface"] = "Edge binds to addresses, not to interfaces: source = ADDRESS",
        ["tfo"] = "Edge has no TCP Fast Open", ["tcp-ut"] = "Edge has no TCP user timeout: timeouts.tunnel ends silent connections",
        ["resolve-net"] = "Edge prefers a family of addresses (resolve.prefer), not a network",
        ["resolve-opts"] = "Edge takes the first address that the system gives, and keeps it while it is given",
        ["redir"] = "Edge passes TLS through, and sees no requests",
        ["disabled"] = "a server of Edge cannot begin in maintenance: it was written with weight = 0, so that it gets no connections",
    };

    /// <summary>Of these nothing is to be said: they are carried over elsewhere, or mean nothing without HTTP or TLS of the balancer's
    /// own.</summary>
    public static void Tell(ServerOptions options, ImportNotes notes)
    {
        foreach (var option in options.Names)
        {
            if (Advice.TryGetValue(option, out var advice) && !(option is "verify" or "sni" or "alpn" or "ca-file" && IsForChecks(options)))
                notes.NotCarried(options.LineOf(option), option, advice);
        }
    }

    /// <summary>No TLS but that of the checks.</summary>
    private static bool IsForChecks(ServerOptions options) => !options.Has("ssl") && options.Has("check-ssl");
}
