using EdgeActors.Settings;
using EdgeActors.Tls;

namespace EdgeActors.Config;

/// <summary><c>edge.cluster.tls</c>. The files are read, so that a node does not start with ones that no other node would take.</summary>
internal static class ClusterTlsReader
{
    /// <summary>Like every path in the configuration, it starts from the file that it stands in.</summary>
    public static object? File(ConfigSection section, ConfigValue? file, string key)
    {
        if (file is not { } value)
        {
            section.Report($"this key is missing; expected {key} = \"/etc/edge/tls/{key}.pem\"", key);
            return null;
        }
        return value.Text is { Length: > 0 } name && !name.Contains('\0', StringComparison.Ordinal)
            ? Path.GetFullPath(Path.Combine(Path.GetDirectoryName(value.Value.Origin.File) ?? "", name))
            : value.Fail($"{value.Shown} where the path of a PEM file is expected, such as \"/etc/edge/tls/{key}.pem\"");
    }

    public static object? Load(ClusterTlsSettings files, ConfigSection section)
    {
        if (files is { Certificate: null } or { Key: null } or { Authority: null })
            return null;
        try
        {
            TlsIdentity.Load(files, TimeProvider.System.GetUtcNow());
            return files;
        }
        catch (TlsFileException e)
        {
            section.ReportAt([e.File == files.Certificate ? "certificate" : e.File == files.Key ? "key" : "authority"], e.Message);
            return null;
        }
    }
}
