using System.Globalization;
using System.Net;
using System.Text;
using Edge.Hocon;
using EdgeActors.Settings;

namespace EdgeActors.Config;

/// <summary>Keys for addresses, networks, and paths of Unix sockets and PEM files.</summary>
internal static class AddressReader
{
    /// <summary>108 bytes of sockaddr_un minus the terminator (unix(7)); other systems have fewer and fail at start.</summary>
    private const int MaxSocketPath = 107;

    private const string ClusterExample = "such as \"10.0.0.1:4053\"";
    private const string FloatingExamples = "expected addresses without port, prefix or zone, such as \"192.0.2.10\" or \"2001:db8::10\"";

    public static object? ListenerBinds(ConfigSection listener, ConfigValue? bind)
    {
        var binds = bind is { } value ? Binds(value, "\"*:443\"", $"the listener '{listener.Name}'") : [];
        if (bind is null or { Value: Edge.Hocon.HoconArray { Items.Count: 0 } })
            listener.Report("a listener needs an address; expected bind = \"*:443\"", "bind");
        return binds;
    }

    public static List<BindSettings> Binds(ConfigValue value, string example, string owner)
    {
        var binds = new List<BindSettings>();
        foreach (var item in value.Items)
        {
            if (item.Bind(example) is { } bind)
                binds.Add(value.Reading.Claim(item, bind, owner));
        }
        return binds;
    }

    public static object? AdminBind(ConfigValue value) =>
        !value.IsOff && value.Bind("\"127.0.0.1:8404\", or off") is { } bind ? value.Reading.Claim(value, bind, "admin") : null;

    public static object? ClusterBind(ConfigValue value)
    {
        if (value.Bind(ClusterExample["such as ".Length..]) is not { } bind)
            return null;
        if (bind.DualMode || bind.EndPoint.Address.Equals(IPAddress.Any) || bind.EndPoint.Address.Equals(IPAddress.IPv6Any))
        {
            return value.Fail(
                $"{value.Shown} is every address; the others know this node by it, so expected one of a private network, {ClusterExample}");
        }
        return bind.EndPoint.Port == 0
            ? value.Fail($"the others have to know the port; expected an address {ClusterExample}")
            : bind.EndPoint;
    }

    public static object? Seeds(ConfigValue value)
    {
        var seeds = new List<EndPoint>();
        foreach (var (word, at) in value.Words("is no node; expected addresses such as [\"10.0.0.1:4053\", \"10.0.0.2:4053\"]"))
        {
            if (Addresses.TryReadServer(word, out var seed, out var error))
                seeds.Add(seed);
            else
                at.Fail(error);
        }
        return seeds;
    }

    public static object? FloatingIps(ConfigValue value)
    {
        var addresses = new List<IPAddress>();
        foreach (var (word, at) in value.Words($"is no address; {FloatingExamples}"))
        {
            var wrong = !Addresses.TryReadAddress(word, out var address) ? "is not a plain IP address"
                : address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) ? "is the wildcard address"
                : address.IsIPv6Multicast || address.GetAddressBytes() is [>= 224, _, _, _] ? "is no unicast address"
                : null;
            var error = wrong is not null ? $"'{word}' {wrong}; {FloatingExamples}"
                : addresses.Contains(address!) ? $"'{word}' is listed twice; expected each address once"
                : null;
            if (error is null)
                addresses.Add(address!);
            else
                at.Fail(error);
        }
        return addresses;
    }

    /// <summary>The networks whose connections begin with a PROXY header.</summary>
    public static object? AcceptProxy(ConfigSection section, ConfigValue? from)
    {
        if (from is not { } value || value.Items.Count == 0)
        {
            section.Report("whose header is to be believed? Expected from = [\"10.0.0.0/8\"]", from is null ? null : "from");
            return null;
        }
        var networks = new List<IPNetwork>();
        foreach (var item in value.Items)
        {
            if (item.Text is not { } text)
                item.Fail($"{item.Shown} where a network is expected, such as \"10.0.0.0/8\"");
            else if (Cidr.TryParse(text, out var network, out var error))
                networks.Add(network.ToNetwork());
            else
                item.Fail(error);
        }
        return networks;
    }

    /// <summary>IPAddress.TryParse accepts "1" as 0.0.0.1, so dots or colons are required.</summary>
    public static object? Plain(string text) =>
        text.AsSpan().ContainsAny('.', ':') && IPAddress.TryParse(text, out var address) ? address : null;

    public static object? Pbm(ConfigValue value)
    {
        if (value.IsOff || value.Bind("\"127.0.0.1:9110\", or off") is not { } bind)
            return null;
        return bind.DualMode || !IPAddress.IsLoopback(bind.EndPoint.Address)
            ? value.Fail($"{value.Shown} can be reached from elsewhere, and pbm asks for no password; "
                + "expected a loopback address such as \"127.0.0.1:9110\"")
            : bind.EndPoint;
    }

    public static object? SocketPath(ConfigValue value, string example)
    {
        if (value.IsOff)
            return null;
        if (value.Text is not { } text)
            return value.Fail($"{value.Shown} is not known here; expected a path such as \"{example}\", or off");
        if (!text.StartsWith('/'))
            return value.Fail($"{value.Shown} is no absolute path; expected such as \"{example}\", or off");
        if (Encoding.UTF8.GetByteCount(text) is var bytes and > MaxSocketPath)
            return value.Fail($"this path has {bytes} bytes, the system takes {MaxSocketPath}; expected a shorter one");
        if (UnixEndPoint.FileAbove(text) is { } file)
            return value.Fail($"'{file}' is a file, and a socket needs a folder; expected such as \"{example}\", or off");
        return text.EndsWith('/') || text.Contains('\0', StringComparison.Ordinal)
            ? value.Fail($"{value.Shown} is no name of a file; expected such as \"{example}\", or off")
            : text;
    }

    /// <summary>Relative paths resolve against the folder of the containing file.</summary>
    public static object? PemFile(ConfigValue value, string key) =>
        value.Text is { Length: > 0 } name && !name.Contains('\0', StringComparison.Ordinal)
            ? Path.GetFullPath(Path.Combine(Path.GetDirectoryName(value.Value.Origin.File) ?? "", name))
            : value.Fail($"{value.Shown} where the path of a PEM file is expected, such as \"/etc/edge/tls/{key}.pem\"");
}

/// <summary>The access keys of a listener, unparsed.</summary>
internal sealed record AccessKeys(ConfigValue Allow, ConfigValue AllowFile, ConfigValue Deny, ConfigValue DenyFile);

/// <summary>The exempt networks of a rate limit, unparsed.</summary>
internal sealed record ExceptKeys(ConfigValue Except, ConfigValue ExceptFile);

/// <summary>Collects the networks of a listener's lists and files.</summary>
internal sealed class AccessReader(ConfigReading reading)
{
    /// <summary>At most 32 MB of changes.</summary>
    private const int MaxNetworks = 1_000_000;

    /// <summary>Bytes per file; fits about a million networks.</summary>
    private const int MaxSize = 32 << 20;

    /// <summary>Maximum errors per list or file.</summary>
    private const int MaxErrors = 20;

    private readonly Dictionary<Cidr, (bool Denies, HoconOrigin At)> _rules = [];

    /// <returns>Null when there is no list.</returns>
    public static object? Read(AccessKeys keys, ConfigSection listener)
    {
        var reader = new AccessReader(listener.Reading);
        var allows = reader.Gather(keys.Allow, keys.AllowFile, denies: false, isNeeded: true);
        var denies = reader.Gather(keys.Deny, keys.DenyFile, denies: true);
        if (allows && denies)
            reader.WarnOfAllowed();
        return allows || denies ? reader.ToList(deniesUnlisted: !denies) : null;
    }

    /// <returns>Null when there is no list.</returns>
    public static object? ReadExcept(ExceptKeys keys, ConfigSection limit)
    {
        var reader = new AccessReader(limit.Reading);
        return reader.Gather(keys.Except, keys.ExceptFile, denies: false) ? reader.ToList(deniesUnlisted: true) : null;
    }

    private AccessList ToList(bool deniesUnlisted) =>
        new([.. _rules.Select(static rule => new AccessRule(rule.Key, rule.Value.Denies))], deniesUnlisted);

    /// <summary>With a deny list, an allowed network has an effect only within a denied network.</summary>
    private void WarnOfAllowed()
    {
        foreach (var (network, (denies, at)) in _rules)
        {
            if (denies || IsWithinDenied(network))
                continue;
            reading.Report(at, "", $"'allow' has no effect on {network}, because with 'deny' a client in neither list is accepted; "
                + "to refuse such clients, add \"0.0.0.0/0\" and \"::/0\" to 'deny'", isWarning: true);
            return;
        }
    }

    private bool IsWithinDenied(Cidr network)
    {
        var least = network.IsIPv4 ? AddressKey.MappedBits : 0;
        for (var bits = network.Bits; bits >= least; bits--)
        {
            if (_rules.TryGetValue(new Cidr(network.First.First(bits), bits), out var rule) && rule.Denies)
                return true;
        }
        return false;
    }

    /// <param name="isNeeded">Whether a file without a network is an error.</param>
    private bool Gather(ConfigValue networks, ConfigValue files, bool denies, bool isNeeded = false)
    {
        Add(networks.Items, denies);
        foreach (var file in files.Items)
        {
            // An empty allow list would refuse every client.
            if (Lines(file) is { } lines && Add(lines, denies) == 0 && isNeeded)
                file.Fail($"there is no network in {file.Shown}; expected at least one that is allowed");
        }
        return networks.Items.Count + files.Items.Count > 0;
    }

    /// <returns>The number of items.</returns>
    private int Add(IEnumerable<ConfigValue> networks, bool denies)
    {
        var (count, errors) = (0, 0);
        ConfigValue firstMore = default;
        foreach (var item in networks)
        {
            count++;
            if (Add(item, denies) is not { } error)
                continue;
            if (++errors <= MaxErrors)
                item.Fail(error);
            else if (errors == MaxErrors + 1)
                firstMore = item;
        }
        if (errors > MaxErrors)
            firstMore.Fail(string.Create(CultureInfo.InvariantCulture, $"and {errors - MaxErrors} more errors from here on"));
        return count;
    }

    /// <returns>The error, or null.</returns>
    private string? Add(ConfigValue item, bool denies)
    {
        if (item.Text is not { } text)
            return $"{item.Shown} where a network is expected, such as \"10.0.0.0/8\"";
        if (!Cidr.TryParse(text, out var network, out var error))
            return error;
        if (_rules.TryGetValue(network, out var other))
        {
            return other.Denies == denies
                ? null
                : $"{network} is {(other.Denies ? "denied" : "allowed")} in {other.At}, too; expected it in one of the lists";
        }
        if (_rules.Count == MaxNetworks)
            return $"there are more than {MaxNetworks} networks; expected fewer or larger ones";
        _rules.Add(network, (denies, item.Value.Origin));
        return null;
    }

    /// <returns>Null after an error.</returns>
    private static IEnumerable<ConfigValue>? Lines(ConfigValue file)
    {
        if (file.Text is not { Length: > 0 } name)
        {
            file.Fail($"{file.Shown} where the path of a file is expected, such as \"networks.txt\"");
            return null;
        }
        var shown = Path.Combine(Path.GetDirectoryName(file.Value.Origin.File) ?? "", name);
        try
        {
            var path = Path.GetFullPath(shown);
            var text = file.Reading.ReadFile(path, MaxSize);
            if (file.Reading.Files.Find(read => read.Path == path)?.Digest is { } digest)
                file.Reading.Keys.AddContents(file.Path, digest);
            return Lines(text, shown, file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            var why = e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : e.Message;
            file.Fail($"cannot read {shown.ReplaceLineEndings(" ")}: {why.ReplaceLineEndings(" ")}");
            return null;
        }
    }

    /// <summary>The lines that are neither empty nor comments, each as a value.</summary>
    private static IEnumerable<ConfigValue> Lines(string text, string shown, ConfigValue file)
    {
        using var lines = new StringReader(text);
        for (var number = 1; lines.ReadLine() is { } line; number++)
        {
            var network = line.Split('#', 2)[0].Trim();
            if (network.Length > 0)
                yield return file with { Value = new HoconScalar(network, quoted: true, new HoconOrigin(shown, number, 1)) };
        }
    }
}
