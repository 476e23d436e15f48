using Edge.Hocon;
using EdgeActors.Cluster.Tls;

namespace EdgeActors.Config;

/// <summary><c>edge.cluster.tls</c>. The files are read, so that a node does not start with ones that no other node would take.</summary>
internal static class ClusterTlsReader
{
    private const string KeyName = "tls", Certificate = "certificate", PrivateKey = "key", Authority = "authority";

    /// <param name="isNeeded">Strangers may reach the port, so that it has to be there or be turned off knowingly.</param>
    /// <returns>Null: off, or mistakes, which have been told.</returns>
    public static ClusterTlsSettings? Read(ConfigSection cluster, bool isNeeded)
    {
        var value = cluster.Find(KeyName, out _);
        if (value is HoconScalar { Text: "auto" } && isNeeded)
            cluster.Report("other machines reach this address, and whoever does could give orders to this node; expected tls { certificate = ..., key = ..., authority = ... }, or tls = off on a network where nobody else is", "bind");
        if (value is HoconScalar { Text: "auto" or "off" or "false" })
            return null;
        var section = cluster.Section(KeyName, ", auto or off");
        if (value is not HoconObject)
            return null;
        var (certificate, key, authority) = (File(section, Certificate), File(section, PrivateKey), File(section, Authority));
        if (certificate is null || key is null || authority is null)
            return null;
        var settings = new ClusterTlsSettings(certificate, key, authority);
        try
        {
            TlsIdentity.Load(settings, TimeProvider.System.GetUtcNow());
        }
        catch (TlsFileException e)
        {
            section.Report(e.Message, e.File == certificate ? Certificate : e.File == key ? PrivateKey : Authority);
            return null;
        }
        return settings;
    }

    /// <summary>Like every path in the configuration, it starts from the file that it stands in.</summary>
    private static string? File(ConfigSection section, string key)
    {
        var value = section.FindOwn(key, out var path);
        if (value is HoconScalar { IsNull: false, Text.Length: > 0 } name && !name.Text.Contains('\0', StringComparison.Ordinal))
            return Path.GetFullPath(Path.Combine(Path.GetDirectoryName(name.Origin.File) ?? "", name.Text));
        if (value is not null)
            section.Reading.Report(value.Origin, path, $"{ConfigSection.Shown(value)} where the path of a PEM file is expected, such as \"/etc/edge/tls/{key}.pem\"");
        else if (section.TryOrigin(out var origin))
            section.Reading.Report(origin, path, $"this key is missing; expected {key} = \"/etc/edge/tls/{key}.pem\"");
        return null;
    }
}
