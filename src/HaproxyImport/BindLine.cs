using System.Globalization;
using System.Net;

namespace HaproxyImport;

/// <summary>What one <c>bind</c> line says, as far as Edge knows it.</summary>
/// <param name="Addresses">As Edge writes them.</param>
/// <param name="AcceptsProxy">A PROXY header has to come first.</param>
internal sealed record BindLine(
    HaproxyLine Line, IReadOnlyList<BindAddress> Addresses, bool AcceptsProxy, bool DefersAccept, string? Backlog, string? MaxConnections)
{
    private const int MaxPorts = 1000;

    /// <summary>Options with one argument that have nothing to say to Edge.</summary>
    private static readonly HashSet<string> Idle = new(StringComparer.Ordinal)
    {
        "name", "id", "nice", "process", "thread", "shards", "tcp-ut", "level", "severity-output", "mode", "user", "group", "uid", "gid", "proto",
    };

    private static readonly HashSet<string> Unsupported = new(StringComparer.Ordinal) { "mss", "namespace", "interface", "tcp-ut" };

    /// <returns>Null for one that cannot be carried over, after saying so.</returns>
    public static BindLine? Read(HaproxyLine line, ImportNotes notes)
    {
        var (proxy, defers, dual, only6) = (false, false, false, false);
        string? backlog = null, maxConnections = null;
        for (var i = 2; i < line.Words.Count; i++)
        {
            var word = line[i];
            switch (word)
            {
                case "accept-proxy":
                    proxy = true;
                    break;
                case "defer-accept":
                    defers = true;
                    break;
                case "v4v6":
                    dual = true;
                    break;
                case "v6only":
                    only6 = true;
                    break;
                case "backlog":
                    backlog = line[++i];
                    break;
                case "maxconn":
                    maxConnections = line[++i];
                    break;
                case "ssl":
                    notes.NotCarried(line, "ssl", "HAProxy ends TLS here: Edge passes it through, so the certificate belongs to the server behind; no listener was written for this");
                    return null;
                case "tfo" or "transparent":
                    notes.NotCarried(line, word, "Edge has no such option: the listener was written without");
                    break;
                case var _ when Unsupported.Contains(word):
                    notes.NotCarried(line, word, "Edge has no such option: the listener was written without");
                    i++;
                    break;
                case var _ when Idle.Contains(word):
                    i++;
                    break;
                default:
                    notes.NotCarried(line, word, "this option is not known here: the listener was written without it, and what follows it");
                    i = line.Words.Count;
                    break;
            }
        }
        var addresses = new List<BindAddress>();
        foreach (var one in line[1].Split(','))
            addresses.AddRange(ReadAddress(one, dual, only6, line, notes));
        return addresses.Count == 0 ? null : new BindLine(line, addresses, proxy, defers, backlog, maxConnections);
    }

    private static IEnumerable<BindAddress> ReadAddress(string text, bool dual, bool only6, HaproxyLine line, ImportNotes notes)
    {
        var address = text;
        var family = 0;
        if (address.StartsWith("ipv4@", StringComparison.Ordinal) || address.StartsWith("ipv6@", StringComparison.Ordinal))
        {
            family = address[3] - '0';
            address = address[5..];
        }
        var colon = address.LastIndexOf(':');
        if (colon < 0 || address.Contains('@', StringComparison.Ordinal) || address.StartsWith('/'))
        {
            notes.NotCarried(
                line,
                text,
                colon < 0 && !address.Contains('/', StringComparison.Ordinal)
                    ? "it has no port"
                    : "Edge listens on TCP alone: no sockets of the file system, inherited ones or QUIC");
            return [];
        }
        var (host, ports) = (address[..colon], address[(colon + 1)..]);
        if (host.StartsWith('[') && host.EndsWith(']'))
            host = host[1..^1];
        if (!TryReadPorts(ports, out var first, out var last))
        {
            notes.NotCarried(line, text, $"expected a port or a range of at most {MaxPorts} ports");
            return [];
        }
        if (Host(host, family, dual, only6) is not { } written)
        {
            notes.NotCarried(line, text, "expected an address rather than a name: write the address that Edge is to listen on");
            return [];
        }
        return first is null
            ? [new BindAddress(written.Host, ports, written.EitherFamily)]
            : Enumerable.Range(first.Value, last - first.Value + 1)
                .Select(port => new BindAddress(written.Host, port.ToString(CultureInfo.InvariantCulture), written.EitherFamily));
    }

    private static (string Host, bool EitherFamily)? Host(string host, int family, bool dual, bool only6) => host switch
    {
        // HAProxy's star is IPv4 alone, unless it is asked for the other family.
        "" or "*" => family == 6 ? AnyIPv6(dual, only6) : ("0.0.0.0", false),
        "::" => AnyIPv6(dual, only6),
        _ when HaproxyVariable.IsIn(host) => (host, false),
        _ when IPAddress.TryParse(host, out var address) && host.AsSpan().ContainsAny('.', ':') =>
            (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString(), false),
        _ => null,
    };

    private static (string Host, bool EitherFamily) AnyIPv6(bool dual, bool only6) =>
        only6 ? ("[::]", false) : dual ? ("*", false) : ("*", true);

    /// <returns>No first port for a variable of the environment.</returns>
    private static bool TryReadPorts(string text, out int? first, out int last)
    {
        last = 0;
        first = null;
        if (HaproxyVariable.IsIn(text))
            return true;
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        if (!HaproxyUnits.TryReadInt(dash < 0 ? text : text[..dash], 1, IPEndPoint.MaxPort, out var from))
            return false;
        first = last = from;
        return dash < 0 || (HaproxyUnits.TryReadInt(text[(dash + 1)..], from, IPEndPoint.MaxPort, out last) && last - from < MaxPorts);
    }
}

/// <param name="EitherFamily">It is <c>::</c> without a word on IPv4: the system decides whether it takes IPv4, too, and mostly it does,
/// unless another socket has the port there.</param>
internal sealed record BindAddress(string Host, string Port, bool EitherFamily)
{
    public override string ToString() => $"{Host}:{Port}";

    /// <param name="all">Of the whole file.</param>
    public BindAddress Settled(IEnumerable<BindAddress> all) =>
        !EitherFamily ? this : this with { Host = all.Any(other => other.Port == Port && other.Host[0] is not ('*' or '[')) ? "[::]" : "*", EitherFamily = false };
}
