using System.Net;

namespace HaproxyImport;

/// <summary>Backends (and listen sections) in mode tcp, with their servers.</summary>
/// <param name="fronts">The frontends, whose timeouts hold in Edge for the backends that they lead to.</param>
/// <param name="limit">Connections of the whole process, which bounds a queue.</param>
internal sealed class BackendTranslator(ImportContext context, IReadOnlyList<Front> fronts, int limit)
{
    public void Translate(HaproxySection proxy, ConfSection backends)
    {
        var name = context.NameOf(proxy);
        if (backends.Has(name))
        {
            context.Notes.NotCarried(proxy.Header, $"there is a backend '{name}' already: this one was left out");
            return;
        }
        var servers = new ServerLines(context).Read(proxy);
        var backend = new ConfSection { Comment = ImportContext.From(proxy.Header) };
        backend.Set("servers", WriteServers(proxy, servers));
        WriteProxyProtocol(backend, servers);
        WriteDialling(backend, proxy);
        WriteSource(backend, proxy, servers);
        WriteBalance(backend, proxy, servers);
        WriteResolve(backend, servers);
        WriteTimeouts(backend, proxy, name);
        HealthTranslator.Write(context, backend, proxy, servers);
        foreach (var server in servers)
            ServerAdvice.Tell(server.Options, context.Notes);
        backends.Set(name, backend);
    }

    private ConfList WriteServers(HaproxySection proxy, List<Server> servers)
    {
        // HAProxy's usual weight is 1, Edge's is 100: it is all the same as long as nobody has another one.
        var weighted = servers.Exists(static server => server.Options.Has("weight") || server.Options.Has("disabled"));
        var written = new List<ConfValue>();
        foreach (var (_, name, address, options, allAddresses) in servers)
        {
            var server = new ConfSection();
            server.Set("name", ConfValue.Text(name));
            server.Set("address", ConfValue.Text(address));
            if (allAddresses)
                server.Set("addresses", ConfValue.Word("all"));
            if (options.Has("disabled"))
                server.Set("weight", ConfValue.Number(0));
            else if (weighted)
                server.Set(
                    "weight",
                    ConfValue.Number(
                        options["weight"] is { } weight && context.TryInt(options.LineOf("weight"), weight, 0, 256, out var share)
                            ? share
                            : 1));
            if (options["maxconn"] is { } maxconn
                && maxconn != "0"
                && context.TryInt(options.LineOf("maxconn"), maxconn, 1, 1_000_000, out var most))
                server.Set("maxconn", ConfValue.Number(most));
            if (options["slowstart"] is { } slowstart
                && slowstart != "0"
                && context.TryTime(options.LineOf("slowstart"), slowstart, out var time)
                && time > TimeSpan.Zero)
                server.Set("slow-start", ConfValue.Time(time));
            if (options.Has("backup"))
                server.Set("backup", ConfValue.Flag(true));
            written.Add(server);
        }
        if (written.Count == 0)
            context.Notes.NotCarried(proxy.Header, "none of its servers could be carried over: write one");
        return new ConfList(written);
    }

    private void WriteProxyProtocol(ConfSection backend, List<Server> servers)
    {
        var versions = servers.Select(static server => (server.Line, Version: Version(server.Options))).ToList();
        if (versions.Count == 0)
            return;
        backend.Set("proxy-protocol", ConfValue.Word(versions[0].Version));
        foreach (var (line, version) in versions.Where(one => one.Version != versions[0].Version))
            context.Notes.NotCarried(
                line,
                $"proxy-protocol {version}",
                $"Edge has one for a backend: '{versions[0].Version}' was taken; make two backends of it");
        var first = servers[0].Options;
        var fields = new List<string>();
        foreach (var option in first["proxy-v2-options"]?.Split(',') ?? [])
        {
            if (option is "authority" or "unique-id" or "crc32c")
                fields.Add(option);
            else
                context.Notes.NotCarried(
                    first.LineOf("proxy-v2-options"), option, "Edge passes TLS through, and knows nothing of its certificates and ciphers");
        }
        const string Authority = ServerOptions.CustomField + "0x02)";
        if (first[Authority] is "%[req.ssl_sni]" or "%[ssl_fc_sni]" && !fields.Contains("authority"))
            fields.Add("authority");
        foreach (var option in first.Names.Where(
            static name => name.StartsWith(ServerOptions.CustomField, StringComparison.Ordinal) && name != Authority))
            context.Notes.NotCarried(
                first.LineOf(option),
                option,
                "Edge writes no such field; a field of a received header is passed on by proxy-tlvs { pass = [...] }");
        if (fields.Count > 0)
            backend.Set("proxy-tlvs", ConfValue.Words(fields));
    }

    private static string Version(ServerOptions options) =>
        options.Has("send-proxy-v2") || options.Has("send-proxy-v2-ssl") || options.Has("send-proxy-v2-ssl-cn")
            ? "v2"
            : options.Has("send-proxy")
            ? "v1"
            : "off";

    private void WriteDialling(ConfSection backend, HaproxySection proxy)
    {
        if (proxy.Setting("timeout", "connect") is { } line && context.TryTime(line, line[2], out var connect) && connect > TimeSpan.Zero)
        {
            backend.Set("connect-timeout", ConfValue.Time(connect));
            // HAProxy waits for the shorter of a second and this.
            if (connect < TimeSpan.FromSeconds(1))
                backend.Set("retry-delay", ConfValue.Time(connect));
        }
        if (proxy.Setting("retries") is { } retries && context.TryInt(retries, retries[1], 0, 100, out var again))
            backend.Set("retries", ConfValue.Number(again));
        var redispatch = proxy.Option("redispatch");
        backend.Set(
            "redispatch",
            ConfValue.Flag(redispatch is not null),
            redispatch is null ? "no option redispatch: a connection stays with its server" : null);
        if (redispatch is not null && redispatch[2].Length > 0)
            context.Notes.Differs(redispatch, "Edge moves to another server at once");
    }

    /// <summary>HAProxy has a source per server, Edge one per backend.</summary>
    private void WriteSource(ConfSection backend, HaproxySection proxy, List<Server> servers)
    {
        var own = proxy.Setting("source");
        var sources = servers.Select(static server => server.Options["source"]).Distinct(StringComparer.Ordinal).ToList();
        if (sources.Count > 1)
        {
            foreach (var server in servers.Where(static server => server.Options.Has("source")))
                context.Notes.NotCarried(server.Options.LineOf("source"), "source",
                    "Edge has one for a backend, and this backend's servers differ: make two backends of it");
        }
        var at = sources is [not null] ? servers[0].Options.LineOf("source") : own;
        if ((sources is [{ } common] ? common : own?[1]) is not { } source || at is null)
            return;
        var colon = source.LastIndexOf(':');
        var address = colon > 0 && source.IndexOf(':', StringComparison.Ordinal) == colon ? source[..colon] : source.Trim('[', ']');
        if (!HaproxyVariable.IsIn(address) && address != "*" && !IPAddress.TryParse(address, out _))
            context.Notes.NotCarried(at, address, "Edge dials from an address: source = ADDRESS");
        else if (address is not ("0.0.0.0" or "*" or "::"))
            backend.Set("source", ConfValue.Text(address), ImportContext.From(at));
        if (address != source.Trim('[', ']'))
            context.Notes.NotCarried(at, "source port", "Edge lets the system choose ports");
        if (at.Words.Contains("usesrc"))
            context.Notes.NotCarried(at, "usesrc", "Edge does not dial with a client's address: the PROXY header tells it to the server");
    }

    private void WriteBalance(ConfSection backend, HaproxySection proxy, List<Server> servers)
    {
        var line = proxy.Setting("balance");
        var algorithm = line?[1] ?? "roundrobin";
        var written = algorithm switch
        {
            "roundrobin" or "static-rr" => "roundrobin",
            "leastconn" or "source" or "first" => algorithm,
            "random" or "random(2)" => "random",
            _ => null,
        };
        if (written is null)
            context.Notes.NotCarried(
                line!,
                algorithm,
                algorithm.StartsWith("random(", StringComparison.Ordinal)
                    ? "Edge draws two: 'random' was taken"
                    : "Edge sees no requests to balance by: 'roundrobin' was taken");
        if (proxy.Setting("stick", "on") is { } stick)
        {
            if (stick[2] == "src" && stick.Words.Count <= 5)
                context.Notes.Differs(
                    stick,
                    "Edge keeps no table of it: balance = source gives a client the same server for as long as the servers are the same");
            else
                context.Notes.NotCarried(stick, "Edge keeps clients at a server by their address alone: balance = source");
            written = stick[2] == "src" ? "source" : written;
        }
        written ??= algorithm.StartsWith("random(", StringComparison.Ordinal) ? "random" : "roundrobin";
        backend.Set(
            "balance",
            ConfValue.Word(written),
            written == "source" && line is not null ? "another server than HAProxy's, but always the same" : null);
        if (proxy.Option("allbackups") is not null)
            backend.Set("all-backups", ConfValue.Flag(true));
        WriteQueue(backend, proxy, servers);
    }

    private void WriteQueue(ConfSection backend, HaproxySection proxy, List<Server> servers)
    {
        var line = proxy.Setting("timeout", "queue") ?? proxy.Setting("timeout", "connect");
        // Without a server that can be full nobody ever waits.
        if (line is null
            || !servers.Exists(static server => server.Options.Has("maxconn"))
            || !context.TryTime(line, line[2], out var timeout)
            || timeout <= TimeSpan.Zero)
            return;
        var queue = backend.Section("queue");
        queue.Set("max", ConfValue.Number(Math.Min(limit, 100_000)));
        queue.Set("timeout", ConfValue.Time(timeout));
    }

    private void WriteResolve(ConfSection backend, List<Server> servers)
    {
        var named = servers.FindAll(static server => !HaproxyVariable.IsIn(server.Address) && server.Address[0] != '['
            && !server.Address.StartsWith("unix:", StringComparison.Ordinal) && !IPEndPoint.TryParse(server.Address, out _));
        if (named is not [var first, ..])
            return;
        var resolvers = first.Options["resolvers"] is { } called
            ? context.All(SectionKind.Resolvers).FirstOrDefault(section => section.Name == called)
            : null;
        var resolve = backend.Section("resolve");
        if (first.Options["resolvers"] is null)
            resolve.Set("interval", ConfValue.Word("off"));
        else if (resolvers?.Setting("hold", "valid") is { } hold && context.TryTime(hold, hold[2], out var time) && time > TimeSpan.Zero)
            resolve.Set("interval", ConfValue.Time(time));
        if (first.Options["init-addr"]?.Split(',').Any(static method => method == "none" || IPAddress.TryParse(method, out _)) == true)
            resolve.Set("at-start", ConfValue.Word("optional"));
        if (first.Options["resolve-prefer"] is "ipv4" or "ipv6")
            resolve.Set("prefer", ConfValue.Word(first.Options["resolve-prefer"]!));
        if (resolve.Fields.Count == 0)
            backend.Remove("resolve");
    }

    private void WriteTimeouts(ConfSection backend, HaproxySection proxy, string name)
    {
        var leading = fronts.Where(front => front.Routes.Backends.Contains(name, StringComparer.Ordinal))
            .Select(static front => front.Proxy).ToList();
        var front = leading is [var first, ..] ? first : proxy;
        var timeouts = backend.Section("timeouts");
        var tunnel = Timeout(proxy, "tunnel");
        timeouts.Set("tunnel", tunnel, tunnel == ConfValue.Word("off") ? "no timeout tunnel: client and server count" : null);
        timeouts.Set("client", Timeout(front, "client"));
        timeouts.Set("server", Timeout(proxy, "server"));
        foreach (var (key, section) in new[] { ("client-fin", front), ("server-fin", proxy) })
        {
            if (section.Setting("timeout", key) is not null)
                timeouts.Set(key, Timeout(section, key));
        }
        WriteKeepalive(timeouts, proxy, front);
        foreach (var other in leading.Where(other => other != front))
        {
            foreach (var key in new[] { "client", "client-fin" })
            {
                if (Timeout(other, key) != Timeout(front, key))
                    context.Notes.Differs(
                        other.Setting("timeout", key) ?? other.Header,
                        $"Edge has a client's timeouts for a backend: for '{name}' those of '{front.Name}' were taken");
            }
        }
    }

    /// <summary>HAProxy has keepalive per side of a connection, Edge for both sides.</summary>
    private void WriteKeepalive(ConfSection timeouts, HaproxySection proxy, HaproxySection front)
    {
        if ((front.Option("clitcpka") ?? proxy.Option("srvtcpka") ?? front.Option("tcpka") ?? proxy.Option("tcpka")) is not { } option)
            return;
        var idle = proxy.Setting("srvtcpka-idle") ?? front.Setting("clitcpka-idle");
        // HAProxy's default is the kernel's: net.ipv4.tcp_keepalive_time.
        var time = idle is not null && context.TryTime(
            idle, HaproxyUnits.TryReadInt(idle[1], 1, 32_767, out _) ? $"{idle[1]}s" : idle[1], out var read) && read > TimeSpan.Zero
            ? read
            : TimeSpan.FromHours(2);
        timeouts.Set("keepalive", ConfValue.Time(time), ImportContext.From(idle ?? option));
    }

    /// <summary>Zero and none are endless.</summary>
    private ConfValue Timeout(HaproxySection section, string which) =>
        section.Setting("timeout", which) is { } line && context.TryTime(line, line[2], out var time) && time > TimeSpan.Zero
            ? ConfValue.Time(time)
            : ConfValue.Word("off");
}
