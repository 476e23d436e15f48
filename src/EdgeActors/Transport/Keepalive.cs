using System.Net.Sockets;

namespace EdgeActors.Transport;

/// <summary><c>timeouts.keepalive</c>: after that idle time the kernel sends <see cref="Probes"/> probes, a tenth of it apart. Without an
/// answer, calls fail with ETIMEDOUT (tcp(7)), which counts as a reset by that side.</summary>
internal static class Keepalive
{
    public const int Probes = 5;

    public static void Set(int fd, TimeSpan idle)
    {
        var (seconds, interval) = Seconds(idle);
        _ = Native.SetOption(fd, Native.SolTcp, Native.TcpKeepIdle, seconds);
        _ = Native.SetOption(fd, Native.SolTcp, Native.TcpKeepInterval, interval);
        _ = Native.SetOption(fd, Native.SolTcp, Native.TcpKeepCount, Probes);
        _ = Native.SetOption(fd, Native.SolSocket, Native.SoKeepAlive, 1);
    }

    /// <exception cref="SocketException">The connection is over.</exception>
    public static void Set(Socket socket, TimeSpan idle)
    {
        var (seconds, interval) = Seconds(idle);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, seconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, interval);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, Probes);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
    }

    private static (int Idle, int Interval) Seconds(TimeSpan idle)
    {
        var seconds = (int)Math.Ceiling(idle.TotalSeconds);
        return (seconds, Math.Max(1, seconds / 10));
    }
}
