using System.Globalization;
using Edge.Hocon;
using EdgeActors.Protocol;
using EdgeActors.Settings;

namespace EdgeActors.Config;

/// <summary><c>proxy-tlvs</c>: a list of fields to send, or <c>{ send = [...], pass = [...] }</c>.</summary>
internal static class ProxyTlvReader
{
    private const string SendKey = "send", PassKey = "pass", Checksum = "crc32c";

    private static readonly Dictionary<string, byte> Passable = new(StringComparer.Ordinal)
    {
        ["authority"] = ProxyFields.AuthorityType,
        ["alpn"] = ProxyFields.AlpnType,
        ["unique-id"] = ProxyFields.UniqueIdType,
        ["ssl"] = ProxyFields.SslType,
        ["netns"] = ProxyFields.NamespaceType,
    };

    private static string Expected => $"expected some of {string.Join(", ", Passable.Keys)}, or types such as 0xE1";

    public static object? Read(ConfigValue value)
    {
        if (value.Value is not HoconObject section)
            return new ProxyTlvSettings(Send(value), default);
        var tlvs = default(ProxyTlvSettings);
        foreach (var field in section.Fields)
        {
            var at = value.Below(field);
            if (field.Key == SendKey)
                tlvs = tlvs with { Send = Send(at) };
            else if (field.Key == PassKey)
                tlvs = tlvs with { Pass = Pass(at) };
            else
                value.Reading.Report(field.KeyOrigin, at.Path, "unknown key" + Nearest.Hint(field.Key, [SendKey, PassKey]));
        }
        return tlvs;
    }

    private static ProxyTlvs Send(ConfigValue value) => Key.ReadFlags(
        value, "PROXY field", "[authority, unique-id]", ("authority", ProxyTlvs.Authority), ("alpn", ProxyTlvs.Alpn),
        ("unique-id", ProxyTlvs.UniqueId), (Checksum, ProxyTlvs.Crc32C)) as ProxyTlvs? ?? ProxyTlvs.None;

    private static TlvTypes Pass(ConfigValue value)
    {
        var types = default(TlvTypes);
        if (value.Value is not HoconArray)
            value.Fail($"{value.Shown} where a list is expected: [unique-id, 0xE1] or []");
        else
        {
            foreach (var item in value.Items)
            {
                if (Type(item) is { } type)
                    types = types.With(type);
            }
        }
        return types;
    }

    private static byte? Type(ConfigValue item)
    {
        if (item.Text is { } text && Passable.TryGetValue(text, out var known))
            return known;
        if (item.Text is not ['0', 'x' or 'X', .. { Length: 1 or 2 } digits]
            || !byte.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var type))
        {
            item.Fail(item.Text == Checksum ? NoChecksum : $"{item.Shown} is no PROXY field; {Expected}");
            return null;
        }
        var name = Passable.FirstOrDefault(one => one.Value == type).Key;
        if (type == ProxyFields.Crc32CType)
            item.Fail(NoChecksum);
        else if (name is not null)
            item.Fail($"{item.Shown} is written by its name; expected {name}");
        return type;
    }

    private static string NoChecksum => $"a received checksum does not fit the new header; expected {SendKey} = [{Checksum}]";
}
