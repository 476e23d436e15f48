using System.Net;
using Edge.Hocon;

namespace EdgeActors.Config;

/// <summary><c>edge.cluster</c>.</summary>
internal static class ClusterReader
{
    private const string BindExample = "such as \"10.0.0.1:4053\"";

    private static readonly IPEndPoint Nowhere = new(IPAddress.Loopback, 0);

    public static ClusterSettings Read(ConfigSection edge)
    {
        var section = edge.Section("cluster");
        var (enabled, bind) = (section.Flag("enabled"), ReadBind(section));
        return new ClusterSettings
        {
            Enabled = enabled,
            Name = ReadName(section),
            Bind = bind,
            Tls = ClusterTlsReader.Read(section, isNeeded: enabled && !IPAddress.IsLoopback(bind.Address)),
            ShortensFall = section.Section("health").Flag("shortens-fall"),
            Seeds = ReadSeeds(section),
            StableAfter = section.Duration("stable-after"),
        };
    }

    private static string ReadName(ConfigSection section)
    {
        var value = section.Find("name", out var path)!;
        if (value is HoconScalar { IsNull: false } scalar)
        {
            if (scalar.Text == "auto")
                return Environment.MachineName;
            if (scalar.Text.Length is > 0 and <= 64 && !scalar.Text.Any(static c => char.IsWhiteSpace(c) || c is '"' or '\\'))
                return scalar.Text;
        }
        section.Reading.Report(value.Origin, path, $"{ConfigSection.Shown(value)} is no name; expected auto, or 1 to 64 characters without spaces and quotes");
        return "";
    }

    private static IPEndPoint ReadBind(ConfigSection section)
    {
        var value = section.Find("bind", out var path)!;
        if (value is not HoconScalar { IsNull: false } text)
            section.Reading.Report(value.Origin, path, $"{ConfigSection.Shown(value)} where an address is expected, {BindExample}");
        else if (!Addresses.TryReadBind(text.Text, out var bind, out var mistake))
            section.Reading.Report(value.Origin, path, mistake);
        else if (bind.DualMode || bind.EndPoint.Address.Equals(IPAddress.Any) || bind.EndPoint.Address.Equals(IPAddress.IPv6Any))
            section.Reading.Report(value.Origin, path, $"{ConfigSection.Shown(value)} is every address; the others know this node by it, so expected one of a private network, {BindExample}");
        else if (bind.EndPoint.Port == 0)
            section.Reading.Report(value.Origin, path, $"the others have to know the port; expected an address {BindExample}");
        else
            return bind.EndPoint;
        return Nowhere;
    }

    private static List<EndPoint> ReadSeeds(ConfigSection section)
    {
        var value = section.Find("seeds", out var path)!;
        // From the environment it comes as one text: ${?EDGE_SEEDS} with commas.
        var seeds = new List<EndPoint>();
        IEnumerable<HoconValue> items = value is HoconArray array ? array.Items : [value];
        foreach (var item in items)
        {
            if (item is not HoconScalar { IsNull: false } scalar)
            {
                section.Reading.Report(item.Origin, path, $"{ConfigSection.Shown(item)} is no node; expected addresses such as [\"10.0.0.1:4053\", \"10.0.0.2:4053\"]");
                continue;
            }
            foreach (var word in scalar.Text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                if (Addresses.TryReadServer(word, out var seed, out var mistake))
                    seeds.Add(seed);
                else
                    section.Reading.Report(item.Origin, path, mistake);
            }
        }
        return seeds;
    }
}
