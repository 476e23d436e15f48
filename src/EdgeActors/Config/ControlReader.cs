using System.Net;
using System.Text;
using Edge.Hocon;

namespace EdgeActors.Config;

/// <summary><c>edge.control</c>.</summary>
internal static class ControlReader
{
    /// <summary>sockaddr_un has room for 108 bytes, of which one ends the path (unix(7)); other systems have less, and say so at start.</summary>
    private const int MaxPath = 107;

    public static ControlSettings Read(ConfigSection edge)
    {
        var section = edge.Section("control");
        return new ControlSettings(ReadSocket(section, "/run/edge/ctl.sock"), ReadPbm(section));
    }

    /// <param name="example">A path as it could be.</param>
    /// <returns>Null: off, or a mistake, which has been told.</returns>
    public static string? ReadSocket(ConfigSection section, string example)
    {
        if (Word(section, "socket", $"a path such as \"{example}\"", out var value, out var path) is not { } text)
            return null;
        if (!text.StartsWith('/'))
            section.Reading.Report(value.Origin, path, $"{ConfigSection.Shown(value)} is no absolute path; expected such as \"{example}\", or off");
        else if (Encoding.UTF8.GetByteCount(text) is var bytes and > MaxPath)
            section.Reading.Report(value.Origin, path, $"this path has {bytes} bytes, the system takes {MaxPath}; expected a shorter one");
        else if (text.EndsWith('/') || text.Contains('\0', StringComparison.Ordinal))
            section.Reading.Report(value.Origin, path, $"{ConfigSection.Shown(value)} is no name of a file; expected such as \"{example}\", or off");
        return text;
    }

    private static IPEndPoint? ReadPbm(ConfigSection section)
    {
        if (Word(section, "pbm", "an address such as \"127.0.0.1:9110\"", out var value, out var path) is not { } text)
            return null;
        if (!Addresses.TryReadBind(text, out var bind, out var mistake))
            section.Reading.Report(value.Origin, path, mistake);
        else if (bind.DualMode || !IPAddress.IsLoopback(bind.EndPoint.Address))
            section.Reading.Report(value.Origin, path, $"{ConfigSection.Shown(value)} can be reached from elsewhere, and pbm asks for no password; expected a loopback address such as \"127.0.0.1:9110\"");
        else
            return bind.EndPoint;
        return null;
    }

    /// <returns>Null: off, or a mistake, which has been told.</returns>
    private static string? Word(ConfigSection section, string key, string expected, out HoconValue value, out string path)
    {
        value = section.Find(key, out path)!;
        if (value is HoconScalar { IsNull: false } text)
            return text.Text is "off" or "false" ? null : text.Text;
        section.Reading.Report(value.Origin, path, $"{ConfigSection.Shown(value)} is not known here; expected {expected}, or off");
        return null;
    }
}
