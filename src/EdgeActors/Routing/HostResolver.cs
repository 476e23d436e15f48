using System.Net;
using System.Net.Sockets;

namespace EdgeActors.Routing;

/// <summary>Host names to addresses.</summary>
public interface IHostResolver
{
    /// <returns>In the order of the answer; none when there is no such name, or nobody could be asked.</returns>
    Task<IReadOnlyList<IPAddress>> Resolve(string host);
}

/// <summary>The system's own: the hosts file, then whatever it is set up to ask.</summary>
public sealed class SystemHostResolver : IHostResolver
{
    public static readonly SystemHostResolver Instance = new();

    public async Task<IReadOnlyList<IPAddress>> Resolve(string host)
    {
        try
        {
            return await Dns.GetHostAddressesAsync(host).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            return [];
        }
    }
}

/// <summary>Which of a name's addresses a server gets.</summary>
internal static class AddressChoice
{
    /// <summary>
    /// The one that it has, as long as the name leads there: DNS turns the order of its answers round, and a server is not to move with it.
    /// Else the first, in the family that it has now, or that it is dialled from, if there is one.
    /// </summary>
    /// <param name="source">The address to dial from. With one, the family never changes: it is dialled and checked from there for good.</param>
    /// <returns>Null when none will do.</returns>
    public static IPAddress? Choose(IReadOnlyList<IPAddress> addresses, IPAddress? current, IPAddress? source)
    {
        IPAddress? best = null;
        var wanted = (current ?? source)?.AddressFamily;
        foreach (var address in addresses)
        {
            if (address.Equals(current))
                return address;
            if (source is not null && current is not null && address.AddressFamily != wanted)
                continue;
            if (best is null || (best.AddressFamily != wanted && address.AddressFamily == wanted))
                best = address;
        }
        return best;
    }
}
