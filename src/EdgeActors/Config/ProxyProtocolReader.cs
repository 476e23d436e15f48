using System.Net;
using Edge.Hocon;

namespace EdgeActors.Config;

/// <summary>The keys of the PROXY protocol: what servers are told, and who may tell it to us.</summary>
internal static class ProxyProtocolReader
{
    private const string NetworkExamples = "expected \"10.0.0.0/8\", \"fd00::/8\" or a single address";

    private static readonly (string Word, ProxyTlvs Field)[] Fields =
    [
        ("authority", ProxyTlvs.Authority), ("alpn", ProxyTlvs.Alpn), ("unique-id", ProxyTlvs.UniqueId), ("crc32c", ProxyTlvs.Crc32C),
    ];

    /// <summary><c>proxy-tlvs</c> of a backend.</summary>
    public static ProxyTlvs ReadTlvs(ConfigSection backend)
    {
        var found = ProxyTlvs.None;
        var value = backend.Find("proxy-tlvs", out var path);
        if (value is not HoconArray list)
        {
            if (value is not null)
                backend.Reading.Report(value.Origin, path, $"{ConfigSection.Shown(value)} where a list is expected: [authority, unique-id] or []");
            return found;
        }
        foreach (var item in list.Items)
        {
            var field = Array.Find(Fields, field => item is HoconScalar scalar && scalar.Text == field.Word).Field;
            if (field == ProxyTlvs.None)
                backend.Reading.Report(item.Origin, path, $"{ConfigSection.Shown(item)} is no field; expected some of authority, alpn, unique-id, crc32c");
            found |= field;
        }
        // Inherited ones may well not concern a backend that is told in another way, or nothing at all.
        if (found != ProxyTlvs.None && backend.Scopes[0].Object.TryGet("proxy-tlvs", out _)
            && backend.Find("proxy-protocol", out _) is HoconScalar { Text: "v1" or "off" } protocol)
            backend.Reading.Report(value.Origin, path, $"proxy-protocol = {protocol.Text} has no fields; expected proxy-protocol = v2 or proxy-tlvs = []");
        return found;
    }

    /// <summary><c>accept-proxy</c> of a listener.</summary>
    /// <returns>Null: off.</returns>
    public static IReadOnlyList<IPNetwork>? ReadAcceptProxy(ConfigSection listener)
    {
        var value = listener.Find("accept-proxy", out var path);
        if (value is HoconScalar { Text: "off" or "false" })
            return null;
        var section = listener.Section("accept-proxy", " or off");
        if (value is not HoconObject)
            return null;
        var from = section.Find("from", out var fromPath);
        if (from is null or HoconArray { Items.Count: 0 })
        {
            listener.Reading.Report((from ?? value).Origin, from is null ? path : fromPath, "whose header is to be believed? Expected from = [\"10.0.0.0/8\"]");
            return null;
        }
        var networks = new List<IPNetwork>();
        foreach (var item in from is HoconArray array ? array.Items : [from])
        {
            if (TryNetwork(item, out var network, out var mistake))
                networks.Add(network);
            else
                listener.Reading.Report(item.Origin, fromPath, mistake);
        }
        return networks;
    }

    private static bool TryNetwork(HoconValue value, out IPNetwork network, out string mistake)
    {
        network = default;
        mistake = $"{ConfigSection.Shown(value)} is no network; {NetworkExamples}";
        if (value is not HoconScalar { IsNull: false } scalar)
            return false;
        var slash = scalar.Text.IndexOf('/', StringComparison.Ordinal);
        var text = slash < 0 ? scalar.Text : scalar.Text[..slash];
        // IPAddress.TryParse takes "10" for 0.0.0.10; what it writes back tells.
        if (!IPAddress.TryParse(text, out var address) || text.Contains('%', StringComparison.Ordinal)
            || (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork && address.ToString() != text))
            return false;
        if (address.IsIPv4MappedToIPv6)
        {
            mistake = $"{ConfigSection.Shown(value)} is IPv4 in the spelling of IPv6; expected it as IPv4, such as \"10.0.0.0/8\"";
            return false;
        }
        var most = address.GetAddressBytes().Length * 8;
        var length = most;
        if (slash >= 0 && !(int.TryParse(scalar.Text.AsSpan(slash + 1), System.Globalization.NumberStyles.None, null, out length) && length <= most))
            return false;
        // The framework has become lenient about such bits.
        if (IPNetwork.TryParse($"{text}/{length}", out network) && network.BaseAddress.Equals(address))
            return true;
        mistake = $"{ConfigSection.Shown(value)} has bits beyond the length of its network; {NetworkExamples}";
        return false;
    }
}
