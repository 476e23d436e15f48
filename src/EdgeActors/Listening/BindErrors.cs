using System.Net.Sockets;
using EdgeActors.Settings;

namespace EdgeActors.Listening;

/// <summary>bind(2)'s errors in words that say what to do.</summary>
public static class BindErrors
{
    public static string Explain(string listener, BindSettings bind, SocketError error)
    {
        var what = error switch
        {
            SocketError.AddressAlreadyInUse => "another program listens there already",
            SocketError.AccessDenied =>
                "not allowed; ports below 1024 need the capability NET_BIND_SERVICE, which an ordinary user has only as an ambient one (by Podman's " +
                "--cap-add or systemd's AmbientCapabilities, not by Docker's --cap-add), or the sysctl " +
                $"net.ipv4.ip_unprivileged_port_start={bind.EndPoint.Port}",
            SocketError.AddressNotAvailable => "this machine has no such address",
            SocketError.AddressFamilyNotSupported => "this machine has no IPv6; bind to an IPv4 address",
            _ => error.ToString(),
        };
        return $"listener {listener} cannot listen on {bind}: {what}";
    }
}
