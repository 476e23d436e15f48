using System.Text;
using EdgeActors.Protocol;
using EdgeActors.Settings;

namespace EdgeActors.Routing;

/// <summary>Where one name leads: to the backend of the first protocol offered that has one of its own, else to the name's.</summary>
internal sealed class RouteTarget
{
    private readonly string? _backend;
    private readonly (byte[] Protocol, string Backend)[] _protocols;

    public RouteTarget(string? backend, IReadOnlyList<ProtocolRoute> protocols)
    {
        _backend = backend;
        _protocols = [.. protocols.Select(route => (Encoding.ASCII.GetBytes(route.Protocol), route.Backend))];
    }

    /// <param name="offered">In the client's order of preference, which decides (unlike a server's choice by RFC 7301 §3.2): it is
    /// the order in which the client would rather be served.</param>
    /// <returns>The backend's name; null: none for this client.</returns>
    public string? Find(AlpnList offered)
    {
        if (_protocols.Length == 0)
            return _backend;
        foreach (var name in offered)
        {
            foreach (var (protocol, backend) in _protocols)
            {
                if (name.SequenceEqual(protocol))
                    return backend;
            }
        }
        return _backend;
    }
}
