using Edge.Hocon;
using EdgeActors.Admit;

namespace EdgeActors.Config;

/// <summary><c>edge.listeners</c> over <c>edge.listener-defaults</c>.</summary>
internal static class ListenerReader
{
    private const string Example = "https { bind = \"*:443\" }";

    /// <param name="file">The place to name when there is no <c>edge</c> section.</param>
    /// <param name="backends">All that the file names, those with mistakes as null.</param>
    public static IReadOnlyList<ListenerSettings> Read(
        ConfigSection edge, ConfigReading reading, HoconOrigin file, IReadOnlyDictionary<string, BackendSettings?> backends)
    {
        var defaults = edge.Section("listener-defaults");
        // Read once for themselves, so that a mistake in them is told even when no listener needs the key.
        var access = new AccessReader(reading);
        ReadShared("", [], defaults, RefusalReader.Read(defaults, reading, backends), access);

        var listeners = new List<ListenerSettings>();
        var taken = new List<(BindSettings Bind, string Listener)>();
        var fields = edge.Named("listeners", out var path);
        if (fields.Count == 0)
            reading.Report(edge.TryOrigin(out var origin) ? origin : file, path, $"there is no listener; expected at least one, such as {Example}");
        foreach (var field in fields)
        {
            var here = $"{path}.{HoconReader.JoinPath(field.Key)}";
            if (!Names.Check(field, here, reading))
                continue;
            if (field.Value is not HoconObject own)
            {
                reading.Report(field.Value.Origin, here, $"{ConfigSection.Shown(field.Value)} where a listener is expected: {Example}");
                continue;
            }
            var section = new ConfigSection(reading, [new ConfigScope(own, here, BuiltIn: false), .. defaults.Scopes]);
            listeners.Add(ReadShared(
                field.Key, ReadBinds(field, section, reading, taken), section, RefusalReader.Read(section, reading, backends), access));
        }
        return listeners;
    }

    private static ListenerSettings ReadShared(
        string name, IReadOnlyList<BindSettings> binds, ConfigSection section, RefusalSettings refusals, AccessReader access) => new()
    {
        Name = name,
        Binds = binds,
        Backlog = section.Int("backlog", 1, 65_535),
        Access = access.Read(section),
        RateLimit = ReadRateLimit(section),
        HelloTimeout = section.Duration("hello-timeout"),
        MaxHelloSize = section.Size("max-hello-size", 1 << 10, 1 << 16),
        Refusals = refusals,
        AcceptProxy = ProxyProtocolReader.ReadAcceptProxy(section),
    };

    private static List<BindSettings> ReadBinds(HoconField field, ConfigSection section, ConfigReading reading, List<(BindSettings Bind, string Listener)> taken)
    {
        var binds = new List<BindSettings>();
        if (section.FindOwn("bind", out var path) is not { } value)
        {
            reading.Report(field.KeyOrigin, path, "a listener needs an address; expected bind = \"*:443\"");
            return binds;
        }
        foreach (var item in value is HoconArray { Items: var items } ? items : [value])
        {
            if (item is not HoconScalar { IsNull: false } text)
            {
                reading.Report(item.Origin, path, $"{ConfigSection.Shown(item)} where an address is expected, such as \"*:443\"");
                continue;
            }
            if (!Addresses.TryReadBind(text.Text, out var bind, out var mistake))
            {
                reading.Report(item.Origin, path, mistake);
                continue;
            }
            var other = taken.Find(earlier => Addresses.Overlap(earlier.Bind, bind));
            if (other.Bind is not null)
                reading.Report(item.Origin, path, $"{bind} is taken by {other.Bind} of the listener '{other.Listener}'; expected another address or port");
            taken.Add((bind, field.Key));
            binds.Add(bind);
        }
        if (value is HoconArray { Items.Count: 0 })
            reading.Report(value.Origin, path, "a listener needs an address; expected bind = \"*:443\"");
        return binds;
    }

    private static RateLimitSettings? ReadRateLimit(ConfigSection listener)
    {
        if (listener.Find("rate-limit", out _) is HoconScalar { Text: "off" or "false" })
            return null;
        var section = listener.Section("rate-limit", " or off");
        var limit = new RateLimitSettings(
            section.IntOr("off", "limit", 1, 1_000_000),
            section.Duration("per", longest: AddressTable.MaxPeriod),
            section.IntOr("off", "max-connections", 1, 1_000_000),
            ReadKey(section.Section("key")),
            section.Int("table-size", 1, 100_000_000),
            section.Duration("expire", longest: AddressTable.MaxExpire));
        // Forgotten earlier, an address would get its whole allowance again within a window.
        if (limit.Expire > TimeSpan.Zero && limit.Expire < 2 * limit.Per)
        {
            section.Report(
                $"'expire' ({ConfigSection.Shown(limit.Expire)}) is less than two windows of 'per' ({ConfigSection.Shown(limit.Per)}); expected at least twice as long",
                "expire", "per");
        }
        return limit;
    }

    private static PrefixLengths ReadKey(ConfigSection key) =>
        new(key.Int("ipv4", 1, AddressKey.IPv4Bits), key.Int("ipv6", 1, AddressKey.IPv6Bits));
}
