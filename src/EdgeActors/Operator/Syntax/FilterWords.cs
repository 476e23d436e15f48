using EdgeActors.Settings;
using EdgeActors.Telemetry;

namespace EdgeActors.Operator.Syntax;

/// <summary>The options that name connections, the same for every verb that is about several.</summary>
internal static class FilterWords
{
    private const string Ip = "--ip", Sni = "--sni", Backend = "--backend", Server = "--server", Listener = "--listener", State = "--state";
    private const string AgeOver = "--age-over", AgeUnder = "--age-under", BytesOver = "--bytes-over", Generation = "--generation", Id = "--id";

    private static readonly string[] Words = [.. Enum.GetNames<ConnectionPhase>().Select(static name => name.ToLowerInvariant())];

    public static IReadOnlyList<VerbOption> Options { get; } =
    [
        new(Ip, "ADDRESS", "Clients with this address, or in this network: 192.0.2.1, 10.0.0.0/8, 2001:db8::/32."),
        new(Sni, "NAME", "Clients that asked for this server name; *.example.org for all names below, - for none."),
        new(Backend, "BACKEND", "Connections to this backend."),
        new(Server, "SERVER", "Connections to this server: its name, or BACKEND/SERVER."),
        new(Listener, "LISTENER", "Clients that came in there."),
        new(State, "STATE", "Connections that have come so far.", [.. Words.Except([WordOf(ConnectionPhase.Redialling)])]),
        new(AgeOver, "DURATION", "Open for that long or longer: 90s, 5m, 2h."),
        new(AgeUnder, "DURATION", "Open for less than that."),
        new(BytesOver, "SIZE", "That have moved as much or more, both ways together: 10MiB."),
        new(Generation, "N", "Made by this generation of the configuration."),
        new(Id, "N", "The one with this number, as in the log."),
    ];

    public static string WordOf(ConnectionPhase state) => Words[(int)state];

    public static ConnectionFilter Read(VerbWords words)
    {
        var server = words.Option(Server);
        var slash = server?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        return new ConnectionFilter
        {
            Network = ReadNetwork(words),
            ServerName = ReadName(words),
            Backend = words.Option(Backend) ?? (slash >= 0 ? server![..slash] : null),
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
        if (Cidr.TryParse(text, out var network, out var mistake))
            return network;
        words.Report($"{Ip}: {mistake}");
        return null;
    }

    private static string? ReadName(VerbWords words)
    {
        if (words.Option(Sni) is not { } text || text == ConnectionFilter.NoName)
            return words.Option(Sni);
        var below = text.StartsWith(RouteSettings.AnyLabels, StringComparison.Ordinal);
        if (HostName.TryRead(below ? text[RouteSettings.AnyLabels.Length..] : text, out var name))
            return below ? RouteSettings.AnyLabels + name : name;
        words.Report($"{Sni}: '{VerbWords.Shown(text)}' is no server name; expected one such as www.example.org, *.example.org for all below, or -");
        return null;
    }
}
