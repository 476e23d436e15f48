namespace EdgeActors.Config;

/// <summary>How another process takes over from this one.</summary>
/// <param name="Socket">Path of the Unix socket at which they meet; null: off.</param>
/// <param name="DrainTimeout">How long connections of the process that was taken over from may go on; null: until they end.</param>
public sealed record UpgradeSettings(string? Socket, TimeSpan? DrainTimeout)
{
    public static UpgradeSettings Off { get; } = new(null, null);
}

/// <summary><c>edge.upgrade</c>.</summary>
internal static class UpgradeReader
{
    /// <param name="control">Whose socket must be another one.</param>
    public static UpgradeSettings Read(ConfigSection edge, ControlSettings control)
    {
        var section = edge.Section("upgrade");
        var settings = new UpgradeSettings(ControlReader.ReadSocket(section, "/run/edge/upgrade.sock"), section.DurationOr("off", "drain-timeout"));
        if (settings.Socket is not null && settings.Socket == control.Socket)
            section.Report("the control socket has this path; expected another one", "socket");
        return settings;
    }
}
