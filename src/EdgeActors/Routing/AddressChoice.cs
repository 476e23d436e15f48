using System.Net;
using System.Net.Sockets;
using EdgeActors.Settings;

namespace EdgeActors.Routing;

/// <summary>Chooses and orders the addresses of a host name for its servers. Pure.</summary>
internal static class AddressChoice
{
    /// <summary>Maximum addresses of one server. Retries limit how many of them a connection tries.</summary>
    public const int MaxAddresses = 16;

    /// <param name="known">Addresses in use, of one server or of the servers of the name.</param>
    public static IReadOnlyList<IPAddress> Of(
        BackendSettings backend, ServerSettings server, IReadOnlyList<IPAddress> answer, IReadOnlyList<IPAddress> known) =>
        server.AllAddresses
            ? All(answer, known, backend.Pool.Resolve.Prefer, backend.Source)
            : Order(answer, known, backend.Pool.Resolve.Prefer, backend.Source);

    /// <summary>
    /// The addresses of one server. The current address stays first while the name has it, because DNS rotates its answers. The preferred
    /// family follows, else the current address's family, else the source's. Known addresses come before new ones.
    /// </summary>
    /// <param name="known">The server's addresses; the first one is in use.</param>
    /// <param name="preferred">Null: no preference.</param>
    /// <param name="source">The address to dial from. It fixes the family.</param>
    public static IReadOnlyList<IPAddress> Order(
        IReadOnlyList<IPAddress> answer, IReadOnlyList<IPAddress> known, AddressFamily? preferred = null, IPAddress? source = null)
    {
        var current = known.Count == 0 ? null : known[0];
        var family = (source is null ? preferred : null) ?? (current ?? source)?.AddressFamily;
        IPAddress[] order =
        [
            .. Merge(answer, known)
                .OrderBy(address => !address.Equals(current)).ThenBy(address => address.AddressFamily != family),
        ];
        var only = source is null ? null : (current ?? order.FirstOrDefault())?.AddressFamily;
        return [.. order.Where(address => only is null || address.AddressFamily == only).Take(MaxAddresses)];
    }

    /// <summary>The addresses that become servers: those of the source's or the preferred family, or all if there are none.</summary>
    public static IReadOnlyList<IPAddress> All(
        IReadOnlyList<IPAddress> answer, IReadOnlyList<IPAddress> known, AddressFamily? preferred = null, IPAddress? source = null)
    {
        var all = Merge(answer, known);
        IPAddress[] own = [.. all.Where(address => address.AddressFamily == (source?.AddressFamily ?? preferred))];
        return own.Length > 0 ? own : all;
    }

    /// <summary>Applies a changed preference to known addresses.</summary>
    public static IReadOnlyList<EndPoint> Reorder(IReadOnlyList<EndPoint> addresses, AddressFamily? preferred) =>
        preferred is null ? addresses : [.. addresses.OrderBy(address => address.AddressFamily != preferred)];

    private static IPAddress[] Merge(IReadOnlyList<IPAddress> answer, IReadOnlyList<IPAddress> known) =>
        [.. known.Where(answer.Contains), .. answer.Distinct().Where(address => !known.Contains(address))];
}
