using System.Net;
using Edge.Hocon;
using EdgeActors.Join;
using EdgeActors.Route;

namespace EdgeActors.Config;

/// <summary><c>edge.backends</c> over <c>edge.backend-defaults</c>.</summary>
internal static class BackendReader
{
    private const string Example = "web { servers = [\"10.0.0.2:443\"] }";

    /// <returns>In the order of the file; null for one that is no section at all, so that routes to it are not a second mistake.</returns>
    public static IReadOnlyDictionary<string, BackendSettings?> Read(ConfigSection edge, ConfigReading reading)
    {
        var defaults = edge.Section("backend-defaults");
        // Read once for themselves, so that a mistake in them is told even when no backend needs the key.
        ReadShared("", [], defaults);

        var backends = new OrderedDictionary<string, BackendSettings?>(StringComparer.Ordinal);
        foreach (var field in edge.Named("backends", out var path))
        {
            var here = $"{path}.{HoconReader.JoinPath(field.Key)}";
            backends[field.Key] = null;
            if (!Names.Check(field, here, reading))
                continue;
            if (field.Value is not HoconObject own)
            {
                reading.Report(field.Value.Origin, here, $"{ConfigSection.Shown(field.Value)} where a backend is expected: {Example}");
                continue;
            }
            var section = new ConfigSection(reading, [new ConfigScope(own, here, BuiltIn: false), .. defaults.Scopes]);
            backends[field.Key] = ReadShared(field.Key, ReadServers(field, section, reading), section);
        }
        return backends;
    }

    private static BackendSettings ReadShared(string name, IReadOnlyList<ServerSettings> servers, ConfigSection section) => new()
    {
        Name = name,
        Servers = servers,
        Pool = PoolReader.Read(section),
        ProxyProtocol = section.Choice("proxy-protocol", ("v2", ProxyProtocol.V2), ("v1", ProxyProtocol.V1), ("off", ProxyProtocol.Off)),
        ProxyTlvs = ProxyProtocolReader.ReadTlvs(section),
        ConnectTimeout = section.Duration("connect-timeout"),
        Source = section.AddressOr("auto", "source"),
        Retries = section.Int("retries", 0, 100),
        RetryDelay = section.Duration("retry-delay", zero: true),
        Timeouts = ReadTimeouts(section.Section("timeouts")),
        Health = HealthReader.Read(section.Section("health")),
    };

    private static RelayTimeouts ReadTimeouts(ConfigSection section) => new(
        section.DurationOr("off", "tunnel"),
        section.DurationOr("off", "client"),
        section.DurationOr("off", "server"),
        section.DurationOr("off", "client-fin"),
        section.DurationOr("off", "server-fin"));

    private static List<ServerSettings> ReadServers(HoconField field, ConfigSection section, ConfigReading reading)
    {
        var servers = new List<ServerSettings>();
        var value = section.FindOwn("servers", out var path);
        if (value is null or HoconArray { Items.Count: 0 })
        {
            reading.Report(value?.Origin ?? field.KeyOrigin, path, "a backend needs a server; expected servers = [\"10.0.0.2:443\"]");
            return servers;
        }
        var items = value is HoconArray array ? array.Items : [value];
        if (items.Count > BackendPool.MaxServers)
            reading.Report(items[BackendPool.MaxServers].Origin, path, $"there are {items.Count} servers; expected at most {BackendPool.MaxServers} in a backend");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var defaults = PoolReader.ServerDefaults(section);
        foreach (var item in items)
        {
            if (ReadServer(item, path, reading, defaults) is not { } server)
                continue;
            if (!seen.Add(server.Name))
                reading.Report(item.Origin, path, $"there is a server '{server.Name}' already; expected each name once in a backend: {{ name = OTHER, address = ... }}");
            servers.Add(server);
        }
        return servers;
    }

    private static ServerSettings? ReadServer(HoconValue item, string path, ConfigReading reading, IReadOnlyList<ConfigScope> defaults)
    {
        if (item is not HoconObject server)
        {
            return ReadAddress(item, path, reading) is { } alone
                ? new ServerSettings(((HoconScalar)item).Text, alone).With(new ConfigSection(reading, defaults), hasOwn: false, reading)
                : null;
        }

        var section = new ConfigSection(reading, [new ConfigScope(server, path, BuiltIn: false), .. defaults]);
        var name = section.FindOwn("name", out var namePath);
        if (section.FindOwn("address", out var addressPath) is not { } address)
        {
            reading.Report(item.Origin, addressPath, "a server needs an address; expected { name = s1, address = \"10.0.0.2:443\" }");
            return null;
        }
        if (name is not null && (name is not HoconScalar { IsNull: false } chosen || !Names.IsName(chosen.Text)))
        {
            reading.Report(name.Origin, namePath, $"{ConfigSection.Shown(name)} is no usable name; {Names.Expected}");
            return null;
        }
        return ReadAddress(address, addressPath, reading) is { } endPoint
            ? new ServerSettings(((HoconScalar)(name ?? address)).Text, endPoint).With(section, hasOwn: true, reading)
            : null;
    }

    private static EndPoint? ReadAddress(HoconValue value, string path, ConfigReading reading)
    {
        if (value is not HoconScalar { IsNull: false } text)
        {
            reading.Report(value.Origin, path, $"{ConfigSection.Shown(value)} where an address is expected, such as \"10.0.0.2:443\"");
            return null;
        }
        if (Addresses.TryReadServer(text.Text, out var endPoint, out var mistake))
            return endPoint;
        reading.Report(value.Origin, path, mistake);
        return null;
    }
}
