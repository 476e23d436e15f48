using System.Net;
using System.Net.Sockets;
using EdgeActors.Settings;

namespace EdgeActors.Routing;

/// <summary>Which of a name's addresses its servers get, in which order. Pure.</summary>
internal static class AddressChoice
{
    /// <summary>Addresses of one server; a connection tries no more of them than it has retries.</summary>
    public const int MaxAddresses = 16;

    /// <param name="known">Those that the server, or its servers, have.</param>
    public static IReadOnlyList<IPAddress> Of(
        BackendSettings backend, ServerSettings server, IReadOnlyList<IPAddress> answer, IReadOnlyList<IPAddress> known) =>
        server.AllAddresses
            ? All(answer, known, backend.Pool.Resolve.Prefer, backend.Source)
            : Order(answer, known, backend.Pool.Resolve.Prefer, backend.Source);

    /// <summary>
    /// Of one server. The address that it has stays the first one as long as the name has it, because DNS rotates its answers. Behind it
    /// come those of the preferred family, else of the current one's, else of the source's; and known addresses before new ones.
    /// </summary>
    /// <param name="known">The server's addresses; the first one is in use.</param>
    /// <param name="preferred">Null: no family.</param>
    /// <param name="source">The address to dial from. With one, the family never changes.</param>
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

    /// <summary>Of one server each: those of the source's or the preferred family, or of both if there are none.</summary>
    public static IReadOnlyList<IPAddress> All(
        IReadOnlyList<IPAddress> answer, IReadOnlyList<IPAddress> known, AddressFamily? preferred = null, IPAddress? source = null)
    {
        var all = Merge(answer, known);
        IPAddress[] own = [.. all.Where(address => address.AddressFamily == (source?.AddressFamily ?? preferred))];
        return own.Length > 0 ? own : all;
    }

    /// <summary>For another preference.</summary>
    public static IReadOnlyList<EndPoint> Reorder(IReadOnlyList<EndPoint> addresses, AddressFamily? preferred) =>
        preferred is null ? addresses : [.. addresses.OrderBy(address => address.AddressFamily != preferred)];

    private static IPAddress[] Merge(IReadOnlyList<IPAddress> answer, IReadOnlyList<IPAddress> known) =>
        [.. known.Where(answer.Contains), .. answer.Distinct().Where(address => !known.Contains(address))];
}
