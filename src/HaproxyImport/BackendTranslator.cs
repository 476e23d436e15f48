using System.Globalization;
using System.Net;

namespace HaproxyImport;

/// <summary>Backends (and listen sections) in mode tcp, with their servers.</summary>
/// <param name="fronts">The frontends, whose timeouts hold in Edge for the backends that they lead to.</param>
/// <param name="limit">Connections of the whole process, which bounds a queue.</param>
internal sealed class BackendTranslator(
    ImportContext context, IReadOnlyList<(HaproxySection Proxy, IEnumerable<string> Backends)> fronts, int limit)
{
    private const int MaxServers = 64;

    public void Translate(HaproxySection proxy, ConfSection backends)
    {
        var name = context.NameOf(proxy);
        if (backends.Has(name))
        {
            context.Notes.NotCarried(proxy.Header, $"there is a backend '{name}' already: this one was left out");
            return;
        }
        var servers = Servers(proxy);
        var backend = new ConfSection { Comment = context.From(proxy.Header) };
        backend.Set("servers", WriteServers(proxy, servers));
        WriteProxyProtocol(backend, servers);
        WriteDialling(backend, proxy, servers);
        WriteBalance(backend, proxy, servers);
        WriteResolve(backend, servers);
        WriteTimeouts(backend, proxy, name);
        HealthTranslator.Write(context, backend, proxy, servers);
        foreach (var server in servers)
            ServerAdvice.Tell(server.Options, context.Notes);
        backends.Set(name, backend);
    }

    private List<Server> Servers(HaproxySection proxy)
    {
        var servers = new List<Server>();
        var defaults = ServerOptions.None;
        var above = new Stack<HaproxySection>();
        for (var section = proxy.Defaults; section is not null; section = section.Defaults)
            above.Push(section);
        foreach (var line in above.SelectMany(static section => section.Take("default-server")))
            defaults = defaults.With(line, 1, context.Notes);
        foreach (var line in proxy.Lines)
        {
            if (line.Is("default-server"))
                defaults = defaults.With(line, 1, context.Notes);
            else if (line.Is("server") && line.Words.Count > 2)
                Add(servers, line, line[1], line[2], defaults.With(line, 3, context.Notes));
            else if (line.Is("server-template") && line.Words.Count > 3)
                AddTemplate(servers, line, defaults.With(line, 4, context.Notes));
            else
                continue;
            line.IsSettled = true;
        }
        return servers;
    }

    private void AddTemplate(List<Server> servers, HaproxyLine line, ServerOptions options)
    {
        var range = line[2].Split('-', 2);
        if (!context.TryInt(line, range[0], 1, int.MaxValue, out var first) || (range.Length > 1 && !context.TryInt(line, range[1], first, int.MaxValue, out _)))
            return;
        context.Notes.NotCarried(line, "Edge takes one address of a name, and does not make servers of the others: one server was written; name each of them");
        Add(servers, line, string.Create(CultureInfo.InvariantCulture, $"{line[1]}{(range.Length > 1 ? first : 1)}"), line[3], options);
    }

    private void Add(List<Server> servers, HaproxyLine line, string name, string text, ServerOptions options)
    {
        if (servers.Count == MaxServers)
        {
            context.Notes.NotCarried(line, $"a backend of Edge has at most {MaxServers} servers: this one was left out");
            return;
        }
        var address = text.StartsWith("ipv4@", StringComparison.Ordinal) || text.StartsWith("ipv6@", StringComparison.Ordinal) ? text[5..] : text;
        var colon = address.LastIndexOf(':');
        if (address.Contains('@', StringComparison.Ordinal) || address.StartsWith('/'))
            context.Notes.NotCarried(line, address, "Edge dials TCP alone: this server was left out");
        else if (colon <= 0 || (!HaproxyVariable.IsIn(address[colon..]) && !HaproxyUnits.TryReadInt(address[(colon + 1)..], 1, IPEndPoint.MaxPort, out _)))
            context.Notes.NotCarried(line, address, "HAProxy dials the port that the client came to: Edge needs a port here; this server was left out");
        else if (Host(address[..colon]) is not { } host)
            context.Notes.NotCarried(line, address, "this is neither an address nor the name of a host: this server was left out");
        else if (servers.Exists(server => server.Name == ImportContext.Usable(name)))
            context.Notes.NotCarried(line, $"there is a server '{ImportContext.Usable(name)}' already: this one was left out");
        else
            servers.Add(new Server(line, ImportContext.Usable(name), host + address[colon..], options));
        if (ImportContext.Usable(name) != name)
            context.Notes.Differs(line, $"the name is no usable one for Edge, it became '{ImportContext.Usable(name)}'");
    }

    /// <summary>As Edge writes it; null for what is none.</summary>
    private string? Host(string host)
    {
        if (HaproxyVariable.IsIn(host))
            return host;
        if (IPAddress.TryParse(host, out var address) && host.AsSpan().ContainsAny('.', ':'))
            return host.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address.ToString();
        return context.Syntax.HostName(host) is null ? null : host;
    }

    private ConfList WriteServers(HaproxySection proxy, List<Server> servers)
    {
        // HAProxy's usual weight is 1, Edge's is 100: it is all the same as long as nobody has another one.
        var weighted = servers.Exists(static server => server.Options.Has("weight") || server.Options.Has("disabled"));
        var written = new List<ConfValue>();
        foreach (var (line, name, address, options) in servers)
        {
            var server = new ConfSection();
            server.Set("name", ConfValue.Text(name));
            server.Set("address", ConfValue.Text(address));
            if (options.Has("disabled"))
                server.Set("weight", ConfValue.Number(0));
            else if (weighted)
                server.Set("weight", ConfValue.Number(options["weight"] is { } weight && context.TryInt(options.LineOf("weight"), weight, 0, 256, out var share) ? share : 1));
            if (options["maxconn"] is { } maxconn && maxconn != "0" && context.TryInt(options.LineOf("maxconn"), maxconn, 1, 1_000_000, out var most))
                server.Set("maxconn", ConfValue.Number(most));
            if (options["slowstart"] is { } slowstart && slowstart != "0" && context.TryTime(options.LineOf("slowstart"), slowstart, out var time) && time > TimeSpan.Zero)
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
            context.Notes.NotCarried(line, $"proxy-protocol {version}", $"Edge has one for a backend: '{versions[0].Version}' was taken; make two backends of it");
        var first = servers[0].Options;
        var fields = new List<string>();
        foreach (var option in first["proxy-v2-options"]?.Split(',') ?? [])
        {
            if (option is "authority" or "unique-id" or "crc32c")
                fields.Add(option);
            else
                context.Notes.NotCarried(first.LineOf("proxy-v2-options"), option, "Edge passes TLS through, and knows nothing of its certificates and ciphers");
        }
        const string Authority = ServerOptions.CustomField + "0x02)";
        if (first[Authority] is "%[req.ssl_sni]" or "%[ssl_fc_sni]" && !fields.Contains("authority"))
            fields.Add("authority");
        foreach (var option in first.Names.Where(static name => name.StartsWith(ServerOptions.CustomField, StringComparison.Ordinal) && name != Authority))
            context.Notes.NotCarried(first.LineOf(option), option, "Edge writes no fields of one's own into the PROXY header");
        if (fields.Count > 0)
            backend.Set("proxy-tlvs", ConfValue.Words(fields));
    }

    private static string Version(ServerOptions options) =>
        options.Has("send-proxy-v2") || options.Has("send-proxy-v2-ssl") || options.Has("send-proxy-v2-ssl-cn") ? "v2" : options.Has("send-proxy") ? "v1" : "off";

    private void WriteDialling(ConfSection backend, HaproxySection proxy, List<Server> servers)
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
        backend.Set("redispatch", ConfValue.Flag(redispatch is not null), redispatch is null ? "no option redispatch: a connection stays with its server" : null);
        if (redispatch is not null && redispatch[2].Length > 0)
            context.Notes.Differs(redispatch, "Edge moves to another server at once");
        if ((servers.Find(static server => server.Options.Has("source"))?.Options["source"] ?? proxy.Setting("source")?[1]) is { } source)
        {
            var at = servers.Find(static server => server.Options.Has("source"))?.Line ?? proxy.Setting("source")!;
            var colon = source.LastIndexOf(':');
            var address = colon > 0 && source.IndexOf(':', StringComparison.Ordinal) == colon ? source[..colon] : source.Trim('[', ']');
            if (!HaproxyVariable.IsIn(address) && address != "*" && !IPAddress.TryParse(address, out _))
                context.Notes.NotCarried(at, address, "Edge dials from an address: source = ADDRESS");
            else if (address is not ("0.0.0.0" or "*" or "::"))
                backend.Set("source", ConfValue.Text(address), context.From(at));
            if (address != source.Trim('[', ']'))
                context.Notes.NotCarried(at, "source port", "Edge lets the system choose ports");
            if (at.Words.Contains("usesrc"))
                context.Notes.NotCarried(at, "usesrc", "Edge does not dial with a client's address: the PROXY header tells it to the server");
        }
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
            context.Notes.NotCarried(line!, algorithm, algorithm.StartsWith("random(", StringComparison.Ordinal) ? "Edge draws two: 'random' was taken" : "Edge sees no requests to balance by: 'roundrobin' was taken");
        if (proxy.Setting("stick", "on") is { } stick)
        {
            if (stick[2] == "src" && stick.Words.Count <= 5)
                context.Notes.Differs(stick, "Edge keeps no table of it: balance = source gives a client the same server for as long as the servers are the same");
            else
                context.Notes.NotCarried(stick, "Edge keeps clients at a server by their address alone: balance = source");
            written = stick[2] == "src" ? "source" : written;
        }
        written ??= algorithm.StartsWith("random(", StringComparison.Ordinal) ? "random" : "roundrobin";
        backend.Set("balance", ConfValue.Word(written), written == "source" && line is not null ? "another server than HAProxy's, but always the same" : null);
        if (proxy.Option("allbackups") is not null)
            backend.Set("all-backups", ConfValue.Flag(true));
        WriteQueue(backend, proxy, servers);
    }

    private void WriteQueue(ConfSection backend, HaproxySection proxy, List<Server> servers)
    {
        var line = proxy.Setting("timeout", "queue") ?? proxy.Setting("timeout", "connect");
        // Without a server that can be full nobody ever waits.
        if (line is null || !servers.Exists(static server => server.Options.Has("maxconn")) || !context.TryTime(line, line[2], out var timeout) || timeout <= TimeSpan.Zero)
            return;
        var queue = backend.Section("queue");
        queue.Set("max", ConfValue.Number(Math.Min(limit, 100_000)));
        queue.Set("timeout", ConfValue.Time(timeout));
    }

    private void WriteResolve(ConfSection backend, List<Server> servers)
    {
        var named = servers.FindAll(static server => !HaproxyVariable.IsIn(server.Address) && server.Address[0] != '[' && !IPEndPoint.TryParse(server.Address, out _));
        if (named is not [var first, ..])
            return;
        var resolvers = first.Options["resolvers"] is { } called ? context.All(SectionKind.Resolvers).FirstOrDefault(section => section.Name == called) : null;
        var resolve = backend.Section("resolve");
        if (first.Options["resolvers"] is null)
            resolve.Set("interval", ConfValue.Word("off"));
        else if (resolvers?.Setting("hold", "valid") is { } hold && context.TryTime(hold, hold[2], out var time) && time > TimeSpan.Zero)
            resolve.Set("interval", ConfValue.Time(time));
        if (first.Options["init-addr"]?.Split(',').Any(static method => method == "none" || IPAddress.TryParse(method, out _)) == true)
            resolve.Set("at-start", ConfValue.Word("optional"));
        if (resolve.Fields.Count == 0)
            backend.Remove("resolve");
    }

    private void WriteTimeouts(ConfSection backend, HaproxySection proxy, string name)
    {
        var front = fronts.FirstOrDefault(front => front.Backends.Contains(name, StringComparer.Ordinal)).Proxy ?? proxy;
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
        foreach (var (other, _) in fronts.Where(other => other.Proxy != front && other.Backends.Contains(name, StringComparer.Ordinal)))
        {
            foreach (var key in new[] { "client", "client-fin" })
            {
                if (Timeout(other, key) != Timeout(front, key))
                    context.Notes.Differs(other.Setting("timeout", key) ?? other.Header, $"Edge has a client's timeouts for a backend: for '{name}' those of '{front.Name}' were taken");
            }
        }
    }

    /// <summary>Zero and none are endless.</summary>
    private ConfValue Timeout(HaproxySection section, string which) =>
        section.Setting("timeout", which) is { } line && context.TryTime(line, line[2], out var time) && time > TimeSpan.Zero ? ConfValue.Time(time) : ConfValue.Word("off");
}

/// <summary>A server that Edge can dial.</summary>
internal sealed record Server(HaproxyLine Line, string Name, string Address, ServerOptions Options);
