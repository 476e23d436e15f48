using System.Net;
using System.Net.Sockets;

namespace EdgeActors.Transport.Sockets;

/// <summary>A socket to dial a server with.</summary>
internal static class OutgoingSocket
{
    /// <exception cref="SocketException">No descriptor, or no such source address on this machine.</exception>
    public static Socket Open(IPEndPoint server, IPAddress? source)
    {
        var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.NoDelay = true;
            if (source is not null)
            {
                // Else bind would take a port for itself, whichever server it is for, and 28,000 of them would be all there are.
                if (OperatingSystem.IsLinux())
                    socket.SetRawSocketOption(Native.SolIp, Native.IpBindAddressNoPort, BitConverter.GetBytes(1));
                socket.Bind(new IPEndPoint(source, 0));
            }
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
