using System.Net;
using Edge.Hocon;

namespace EdgeActors.Config;

/// <summary><c>edge.http-redirect</c>.</summary>
internal static class HttpRedirectReader
{
    /// <param name="listeners">Whose addresses are taken.</param>
    /// <returns>Null: off.</returns>
    public static HttpRedirectSettings? Read(ConfigSection edge, IReadOnlyList<ListenerSettings> listeners)
    {
        var section = edge.Section("http-redirect");
        var settings = new HttpRedirectSettings
        {
            Binds = ReadBinds(section, listeners),
            Rate = section.IntOr("off", "rate", 1, 100_000),
            MaxConnections = section.Int("max-connections", 1, 1_000_000),
            Timeout = section.Duration("timeout"),
            AcmeBackend = ReadBackend(section),
        };
        return settings.Binds.Count == 0 ? null : settings;
    }

    private static List<BindSettings> ReadBinds(ConfigSection section, IReadOnlyList<ListenerSettings> listeners)
    {
        var binds = new List<BindSettings>();
        var value = section.Find("bind", out var path);
        if (value is HoconScalar { Text: "off" or "false" } or HoconArray { Items.Count: 0 })
            return binds;
        foreach (var item in value is HoconArray { Items: var items } ? items : [value!])
        {
            if (item is not HoconScalar { IsNull: false } text)
            {
                section.Reading.Report(item.Origin, path, $"{ConfigSection.Shown(item)} where an address is expected, such as \"*:80\", or off");
                continue;
            }
            if (!Addresses.TryReadBind(text.Text, out var bind, out var mistake))
            {
                section.Reading.Report(item.Origin, path, mistake);
                continue;
            }
            if (binds.Exists(other => Addresses.Overlap(other, bind)))
                section.Reading.Report(item.Origin, path, $"{bind} is there already; expected another address or port");
            foreach (var listener in listeners)
            {
                if (listener.Binds.Any(other => Addresses.Overlap(other, bind)))
                    section.Reading.Report(item.Origin, path, $"{bind} is taken by the listener '{listener.Name}'; expected another address or port");
            }
            binds.Add(bind);
        }
        return binds;
    }

    private static EndPoint? ReadBackend(ConfigSection section)
    {
        var value = section.Find("acme-backend", out var path)!;
        if (value is HoconScalar { Text: "off" or "false" })
            return null;
        if (value is not HoconScalar { IsNull: false } text)
            section.Reading.Report(value.Origin, path, $"{ConfigSection.Shown(value)} where an address is expected, such as \"10.0.0.5:80\", or off");
        else if (Addresses.TryReadServer(text.Text, out var server, out var mistake))
            return server;
        else
            section.Reading.Report(value.Origin, path, mistake);
        return null;
    }
}
