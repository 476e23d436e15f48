using System.Net;
using Edge.Hocon;
using EdgeActors.Routing;
using EdgeActors.Settings;

namespace EdgeActors.Config;

/// <summary>The servers of a backend: addresses, or sections of their own over the backend's keys.</summary>
internal static class ServerReader
{
    public static object? Read(ConfigSection backend, ConfigValue? value)
    {
        var servers = new List<ServerSettings>();
        if (value is not { } list || list.Items.Count == 0)
        {
            backend.Report("a backend needs a server; expected servers = [\"10.0.0.2:443\"]", "servers");
            return servers;
        }
        if (list.Items.Count > BackendPool.MaxServers)
        {
            list.Items[BackendPool.MaxServers].Fail(
                $"there are {list.Items.Count} servers; expected at most {BackendPool.MaxServers} in a backend");
        }
        // Their keys are checked where they stand.
        var inherited = backend.Scopes.Select(static scope => scope with { BuiltIn = true }).ToArray();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in list.Items)
        {
            if (ReadOne(item, inherited) is not ServerSettings server)
                continue;
            if (!names.Add(server.Name))
            {
                item.Fail($"there is a server '{server.Name}' already; "
                    + "expected each name once in a backend: { name = OTHER, address = ... }");
            }
            servers.Add(server);
        }
        return servers;
    }

    private static object? ReadOne(ConfigValue item, ConfigScope[] inherited)
    {
        if (item.Value is HoconObject own)
            return EdgeKeys.Server.Read(new ConfigSection(item.Reading, [new ConfigScope(own, item.Path), .. inherited]));
        return Address(item) is { } address
            ? EdgeKeys.Server.Read(
                new ConfigSection(item.Reading, inherited) { IsDefaults = true },
                (nameof(ServerSettings.Name), item.Text), (nameof(ServerSettings.EndPoint), address))
            : null;
    }

    public static object? Name(ConfigSection server, ConfigValue? name) =>
        name is { } value && (value.Text is not { } text || !Names.IsName(text))
            ? value.Fail($"{value.Shown} is no usable name; {Names.Expected}")
            : name?.Text;

    public static EndPoint? Address(ConfigValue address) => address.Server("\"10.0.0.2:443\"");

    /// <summary>A server's alone: as a default it would leave a backend without servers to stand in for.</summary>
    public static object? Backup(ConfigSection server, ConfigValue? backup) => backup is not { } value || value.IsOff ? false
        : value.Text is "on" or "true" ? true
        : value.Fail($"{value.Shown} is not known here; expected on or off");

    public static object? NameByAddress(ServerSettings server, ConfigSection section) =>
        server.EndPoint is null ? null : server.Name is null ? server with { Name = section.FindOwn("address")?.Text ?? "" } : server;
}
