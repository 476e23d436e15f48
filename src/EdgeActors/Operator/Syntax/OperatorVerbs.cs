using System.Net;
using EdgeActors.Admission;
using EdgeActors.Config;
using EdgeActors.Node;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry;

namespace EdgeActors.Operator.Syntax;

internal static class OperatorVerbs
{
    /// <summary>Rows of a list of addresses, lest one answer be a dump of the table.</summary>
    public const int MaxRates = 1000;

    private const int UsualRates = 20;

    private const string Sort = "--sort", Top = "--top", Count = "--count", Everyone = "--all", DryRun = "--dry-run", Over = "--over";
    private const string Alpn = "--alpn", Ip = "--ip", Listener = "--listener", Now = "--now";
    private const string Weight = "weight", TopRates = "top", Clear = "clear";

    public static IReadOnlyList<OperatorVerb> All { get; } =
    [
        new("status", "Shows version, uptime, limits, traffic and the reasons for which connections closed.", static _ => new ShowStatus())
        {
            Examples = ["status"],
        },
        new("connections", "Lists open connections, all or filtered.", ReadConnections)
        {
            Options =
            [
                .. FilterWords.Options,
                new(Sort, "KEY", "Sort by age, bytes or idle time, highest first, or by id.", "age", "bytes", "idle", "id"),
                new(Top, "N", "The maximum number of rows."),
                new(Count, null, "Print the number of connections only."),
            ],
            Examples = ["connections", "connections --backend web --sort bytes --top 20", "connections --ip 192.0.2.0/24 --count"],
        },
        new("connection", "Shows every detail of one connection.", static words =>
            new ShowConnection(words.Number("ID", words.Argument(0), 1, long.MaxValue) ?? 0))
        {
            Arguments = [new("ID", "the connection's number in the log and in the list of connections")],
            Examples = ["connection 4711"],
        },
        new("kill", "Resets connections to client and server; the log has reason KILLED.", ReadKill)
        {
            Options =
            [
                .. FilterWords.Options,
                new(Everyone, null, "All connections, instead of a filter."),
                new(DryRun, null, "Print how many connections match and close none."),
                new(Over, "DURATION", "Spread the resets evenly over this time, oldest first; interrupting the command stops them."),
            ],
            Examples = ["kill --backend web --age-over 2h", "kill --ip 192.0.2.7 --dry-run", "kill --generation 41 --over 5m"],
        },
        new("watch", "Prints a line when a connection is accepted, joined and closed, until interrupted.", static words =>
            new WatchConnections(FilterWords.Read(words)))
        {
            Options = FilterWords.Options,
            Examples = ["watch", "watch --sni *.example.org"],
        },
        new("backends", "Lists servers with their state, checks, connections and queue.", static words =>
            new ListBackends(words.Argument(0)))
        {
            Arguments = [new("BACKEND", "only this backend") { IsOptional = true }],
            Examples = ["backends", "backends web"],
        },
        new("server", "Drains a server, puts it into maintenance, makes it ready again, or changes its weight.", ReadServer)
        {
            Arguments =
            [
                new("SERVER", "the server, as BACKEND/SERVER"),
                new("ORDER", "drain, maint, ready or weight", "drain", "maint", "ready", Weight),
                new("N", "the weight, 0 to 256") { IsOptional = true },
            ],
            Examples = ["server web/s1 drain", "server web/s1 weight 50"],
        },
        new("routes", "Lists the routes: server name, protocol and backend.", static _ => new ListRoutes()) { Examples = ["routes"] },
        new("route", "Explains which route, backend and servers apply to a server name.", ReadRoute)
        {
            Arguments = [new("NAME", "the server name in the ClientHello")],
            Options =
            [
                new(Alpn, "PROTOCOLS", "The client's ALPN protocols, separated by commas: h2,http/1.1."),
                new(Ip, "ADDRESS", "The client's address, for backends that balance by it."),
                new(Listener, "LISTENER", "The listener that the client connects to; needed if listeners have routes of their own."),
            ],
            Examples = ["route www.example.org", "route www.example.org --alpn acme-tls/1 --ip 192.0.2.1"],
        },
        new("ratelimit", "Shows an address's connection rate, or the highest rates (top), or resets a rate (clear).", ReadRateLimit)
        {
            Arguments =
            [
                new("ADDRESS", "an address, top, or clear"),
                new("MORE", "the number of rows (top), or the address (clear)") { IsOptional = true },
            ],
            Examples = ["ratelimit 192.0.2.1", "ratelimit top 10", "ratelimit clear 192.0.2.1"],
        },
        new("actors", "Lists the live actors with their mailbox sizes and failures.", static _ => new ListActors())
        {
            Examples = ["actors"],
        },
        new(
            "reload",
            "Reads the configuration again; open connections stay.",
            static _ => new ReloadConfiguration()) { Examples = ["reload"] },
        new("restart", "Starts the program again with the configuration of now; open connections stay.", static _ => new RestartProcess())
        {
            Examples = ["restart"],
        },
        new(
            "generations",
            "Lists the configurations that still have connections.",
            static _ => new ListGenerations()) { Examples = ["generations"] },
        new("cluster", "Lists the members of the cluster, or makes this node leave, join or restart its cluster system; connections stay.", static words =>
            new ClusterRequest(words.Choice<ClusterOrder>(0) ?? ClusterOrder.Show, words.Flag(Now)))
        {
            Arguments = [new("ORDER", "leave, join or restart", "leave", "join", "restart") { IsOptional = true }],
            Options = [new(Now, null, "Restart at once, without handing rate limits over first.")],
            Examples = ["cluster", "cluster leave", "cluster restart --now"],
        },
        new("floating-ip", "Shows the state of the floating IP on this node, or sets it, as notify.sh does.", static words =>
            new ShowFloatingIp(words.Choice<FloatingIpState>(0)))
        {
            Arguments = [new("STATE", "active: here; standby: at the other node; fault: this node cannot take it", "active", "standby", "fault") { IsOptional = true }],
            Examples = ["floating-ip", "floating-ip active"],
        },
        new("log-level", "Shows or sets the lowest severity of messages that is logged.", static words =>
            new LogLevel(words.Choice<LogThreshold>(0)))
        {
            Arguments = [new("LEVEL", "the new level", "debug", "info", "warning", "error") { IsOptional = true }],
            Examples = ["log-level", "log-level debug"],
        },
    ];

    private static ListConnections ReadConnections(VerbWords words) => new(
        FilterWords.Read(words),
        words.Choice<ConnectionSort>(Sort),
        (int?)words.Number(Top, words.Option(Top), 1, 1_000_000),
        words.Flag(Count));

    private static KillConnections ReadKill(VerbWords words)
    {
        var filter = FilterWords.Read(words);
        if (filter.IsAll && !words.Flag(Everyone) && words.Errors.Count == 0)
            words.Report($"kill needs a filter such as --backend NAME, or {Everyone} for every connection");
        else if (!filter.IsAll && words.Flag(Everyone))
            words.Report($"{Everyone} stands in place of a filter; expected one of the two");
        return new KillConnections(filter, words.Flag(DryRun), words.Duration(Over) ?? TimeSpan.Zero);
    }

    private static ChangeServer ReadServer(VerbWords words)
    {
        var name = words.Argument(0)!;
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0 || slash == name.Length - 1)
            words.Report($"'{VerbWords.Shown(name)}' is no server; expected BACKEND/SERVER");
        var isWeight = words.Argument(1) == Weight;
        var state = words.Choice<AdminState>(1);
        var weight = words.Number("weight", words.Argument(2), 0, ServerSettings.MaxWeight);
        if (isWeight && words.Argument(2) is null)
            words.Report($"weight needs a number, 0 to {ServerSettings.MaxWeight}");
        else if (!isWeight && words.Argument(2) is { } more && words.Errors.Count == 0)
            words.Report($"'{VerbWords.Shown(more)}' is one word too many for {words.Argument(1)}");
        return new ChangeServer(
            slash > 0 ? name[..slash] : "", name[(slash + 1)..], isWeight ? null : state, isWeight ? (int?)weight : null);
    }

    private static ExplainRoute ReadRoute(VerbWords words)
    {
        if (!HostName.TryRead(words.Argument(0)!, out var name))
            words.Report($"'{VerbWords.Shown(words.Argument(0)!)}' is no server name; expected one such as www.example.org");
        var protocols = words.Option(Alpn)?.Split(',') ?? [];
        if (protocols.FirstOrDefault(
            static protocol => protocol.Length is 0 or > 255 || protocol.AsSpan().ContainsAnyExceptInRange('!', '~')) is { } odd)
            words.Report($"{Alpn}: '{VerbWords.Shown(odd)}' is no protocol; expected such as h2,http/1.1");
        return new ExplainRoute(name ?? "", protocols, words.Option(Ip) is { } ip ? Address(words, Ip, ip) : null, words.Option(Listener));
    }

    private static OperatorRequest ReadRateLimit(VerbWords words)
    {
        var (first, second) = (words.Argument(0)!, words.Argument(1));
        switch (first)
        {
            case TopRates:
                return new ListRates((int)(words.Number(TopRates, second, 1, MaxRates) ?? UsualRates));
            case Clear when second is null:
                words.Report("clear needs an address: ratelimit clear 192.0.2.1");
                return new ClearRate(IPAddress.None);
            case Clear:
                return new ClearRate(Address(words, Clear, second) ?? IPAddress.None);
            default:
                if (second is not null)
                    words.Report($"'{VerbWords.Shown(second)}' is one word too many; expected ratelimit ADDRESS, ratelimit top N or ratelimit clear ADDRESS");
                return new ShowRate(Address(words, "ADDRESS", first) ?? IPAddress.None);
        }
    }

    private static IPAddress? Address(VerbWords words, string name, string text)
    {
        // Cidr reads addresses strictly: IPAddress.Parse would take "1" for 0.0.0.1.
        if (!text.Contains('/', StringComparison.Ordinal) && Cidr.TryParse(text, out var one, out _))
            return one.First.ToAddress();
        words.Report($"{name}: '{VerbWords.Shown(text)}' is no address; expected one such as 192.0.2.1 or 2001:db8::1");
        return null;
    }
}

/// <summary>The options that name connections, the same for every verb that is about several.</summary>
internal static class FilterWords
{
    private const string Ip = "--ip", Sni = "--sni", Backend = "--backend", Server = "--server", Listener = "--listener", State = "--state";
    private const string AgeOver = "--age-over", AgeUnder = "--age-under", BytesOver = "--bytes-over", Generation = "--generation";

    public const string Id = "--id";

    private static readonly string[] Words = [.. Enum.GetNames<ConnectionPhase>().Select(static name => name.ToLowerInvariant())];

    public static IReadOnlyList<VerbOption> Options { get; } =
    [
        new(Ip, "ADDRESS", "Clients with this address, or in this network: 192.0.2.1, 10.0.0.0/8, 2001:db8::/32."),
        new(Sni, "NAME", "Clients that asked for this server name; *.example.org for all names below, - for none."),
        new(Backend, "BACKEND", "Connections to this backend."),
        new(Server, "SERVER", "Connections to this server: its name, or BACKEND/SERVER."),
        new(Listener, "LISTENER", "Connections of this listener."),
        new(State, "STATE", "Connections in this state.", [.. Words.Except([WordOf(ConnectionPhase.Redialling)])]),
        new(AgeOver, "DURATION", "Open for this long or longer: 90s, 5m, 2h."),
        new(AgeUnder, "DURATION", "Open for less than this."),
        new(BytesOver, "SIZE", "At least this many bytes relayed, both directions together: 10MiB."),
        new(Generation, "N", "Accepted under this generation of the configuration."),
        new(Id, "N", "The connection with this number in the log."),
    ];

    public static string WordOf(ConnectionPhase state) => Words[(int)state];

    public static ConnectionFilter Read(VerbWords words)
    {
        var server = words.Option(Server);
        var slash = server?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        // A server name may contain slashes: "unix:/run/app.sock", "s1/10.0.0.2".
        var backend = words.Option(Backend);
        if (slash >= 0 && (backend is null ? !Names.IsName(server![..slash]) : backend != server![..slash]))
            slash = -1;
        return new ConnectionFilter
        {
            Network = ReadNetwork(words),
            ServerName = ReadName(words),
            Backend = backend ?? (slash >= 0 ? server![..slash] : null),
            Server = slash >= 0 ? server![(slash + 1)..] : server,
            Listener = words.Option(Listener),
            State = words.Choice<ConnectionPhase>(State),
            AgeOver = words.Duration(AgeOver),
            AgeUnder = words.Duration(AgeUnder),
            BytesOver = words.Size(BytesOver),
            Generation = words.Number(Generation, words.Option(Generation), 0, long.MaxValue),
            Id = words.Number(Id, words.Option(Id), 1, long.MaxValue),
        };
    }

    private static Cidr? ReadNetwork(VerbWords words)
    {
        if (words.Option(Ip) is not { } text)
            return null;
        if (Cidr.TryParse(text, out var network, out var error))
            return network;
        words.Report($"{Ip}: {error}");
        return null;
    }

    private static string? ReadName(VerbWords words)
    {
        if (words.Option(Sni) is not { } text || text == ConnectionFilter.NoName)
            return words.Option(Sni);
        var below = text.StartsWith(RouteSettings.AnyLabels, StringComparison.Ordinal);
        if (HostName.TryRead(below ? text[RouteSettings.AnyLabels.Length..] : text, out var name))
            return below ? RouteSettings.AnyLabels + name : name;
        words.Report(
            $"{Sni}: '{VerbWords.Shown(text)}' is no server name; expected one such as www.example.org, *.example.org for all below, or -");
        return null;
    }
}
