using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace EdgeHost.Tests.Harness;

/// <summary>
/// Places to listen at. Each is an address of 127.0.0.0/8 of its own with a port from the kernel, so that nothing else takes the
/// port while its server is down, not even an outgoing connection.
/// </summary>
internal static class Loopback
{
    private static int s_last;

    public static IPEndPoint NextEndPoint()
    {
        var n = Interlocked.Increment(ref s_last);
        var address = new IPAddress([127, (byte)(16 + Environment.ProcessId % 200), (byte)(1 + n / 250), (byte)(1 + n % 250)]);
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(address, 0));
        return (IPEndPoint)probe.LocalEndPoint!;
    }

    /// <summary>Whether someone listens there, found out without a connection that a server would log.</summary>
    public static bool IsListening(IPEndPoint endPoint) =>
        IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Contains(endPoint);
}
