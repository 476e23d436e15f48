using System.Net;
using System.Net.Sockets;

namespace EdgeActors.Tests;

/// <summary>Places to listen at more than once: each an address of 127.0.0.0/8 of its own with a port from the kernel, which nothing else
/// takes meanwhile.</summary>
internal static class OwnAddress
{
    private static int s_last;

    public static IPEndPoint Next()
    {
        var n = Interlocked.Increment(ref s_last);
        var address = new IPAddress([127, (byte)(16 + Environment.ProcessId % 200), (byte)(101 + n / 250), (byte)(1 + n % 250)]);
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(address, 0));
        return (IPEndPoint)probe.LocalEndPoint!;
    }
}
