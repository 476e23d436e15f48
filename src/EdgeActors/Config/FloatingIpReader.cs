using System.Net;
using Edge.Hocon;

namespace EdgeActors.Config;

/// <summary><c>edge.floating-ip</c>: the address that two nodes share, and the handover by a node that has it and stops.</summary>
/// <param name="HandoverTimeout">How long it goes on at most, for the other one to take it.</param>
/// <param name="HandoverSilence">For how long of that, at most, it leaves newcomers unanswered. Zero: not at all.</param>
/// <param name="Addresses">Each once. Empty: addresses are not observed, and the verb <c>floating-ip</c> sets the state.</param>
public sealed record FloatingIpSettings(TimeSpan HandoverTimeout, TimeSpan HandoverSilence, IReadOnlyList<IPAddress> Addresses);

internal static class FloatingIpReader
{
    private const string Expected = "expected addresses without port, prefix or zone, such as \"192.0.2.10\" or \"2001:db8::10\"";

    public static FloatingIpSettings Read(ConfigSection edge)
    {
        var section = edge.Section("floating-ip");
        return new FloatingIpSettings(
            section.Duration("handover-timeout", zero: true), section.Duration("handover-silence", zero: true), ReadAddresses(section));
    }

    private static List<IPAddress> ReadAddresses(ConfigSection section)
    {
        var value = section.Find("address", out var path)!;
        var addresses = new List<IPAddress>();
        foreach (var item in value is HoconArray array ? array.Items : [value])
        {
            if (item is not HoconScalar { IsNull: false } scalar)
            {
                section.Reading.Report(item.Origin, path, $"{ConfigSection.Shown(item)} is no address; {Expected}");
                continue;
            }
            // From the environment it comes as one text: ${?EDGE_FLOATING_IP} with commas.
            foreach (var word in scalar.Text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                if (Mistake(word, addresses, out var address) is { } mistake)
                    section.Reading.Report(item.Origin, path, mistake);
                else
                    addresses.Add(address);
            }
        }
        return addresses;
    }

    /// <returns>Null: there is none.</returns>
    private static string? Mistake(string word, List<IPAddress> before, out IPAddress address) =>
        !Addresses.TryReadAddress(word, out address!) ? $"'{word}' is not a plain IP address; {Expected}"
        : address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) ? $"'{word}' is the wildcard address; {Expected}"
        : address.IsIPv6Multicast || address.GetAddressBytes() is [>= 224, _, _, _] ? $"'{word}' is no unicast address; {Expected}"
        : before.Contains(address) ? $"'{word}' is listed twice; expected each address once"
        : null;
}
