using System.Globalization;
using System.Net;

namespace EdgeActors.Tests.Transport;

/// <summary>One end of a TCP connection over IPv4 as /proc/net/tcp has it.</summary>
/// <param name="Unsent">Bytes that the other end has not acknowledged.</param>
/// <param name="Unread">Bytes that came and were not received.</param>
/// <param name="NextProbe">Time until the next keepalive probe; null: no keepalive timer runs.</param>
internal sealed record KernelConnection(long Unsent, long Unread, TimeSpan? NextProbe)
{
    /// <summary>Its table is told page by page, and an entry may be left out when others before it go meanwhile.</summary>
    private const int Looks = 5;

    /// <summary>Null: the kernel knows no such connection (any more).</summary>
    public static KernelConnection? At(EndPoint? end, EndPoint? otherEnd)
    {
        for (var look = 0; look < Looks; look++)
        {
            if (Find((IPEndPoint)end!, (IPEndPoint)otherEnd!) is { } found)
                return found;
        }
        return null;
    }

    /// <summary>Connections to an address that has not answered: SYN_SENT.</summary>
    public static int Dialling(EndPoint? to) => File.ReadLines("/proc/net/tcp")
        .Select(static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Count(field => field[2] == Text((IPEndPoint)to!) && field[3] == "02");

    /// <summary>The value of the field "tr" for a keepalive timer.</summary>
    private const string KeepaliveTimer = "02";

    /// <summary>Fields: sl, local address, remote address, state, tx_queue:rx_queue, tr:tm->when (1/100 s). All are hexadecimal, addresses
    /// in memory order.</summary>
    private static KernelConnection? Find(IPEndPoint local, IPEndPoint remote)
    {
        foreach (var line in File.ReadLines("/proc/net/tcp"))
        {
            var field = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (field[1] != Text(local) || field[2] != Text(remote))
                continue;
            var queues = field[4].Split(':');
            var timer = field[5].Split(':');
            return new KernelConnection(
                Hex(queues[0]), Hex(queues[1]), timer[0] == KeepaliveTimer ? TimeSpan.FromMilliseconds(10 * Hex(timer[1])) : null);
        }
        return null;
    }

    private static long Hex(string text) => long.Parse(text, NumberStyles.HexNumber, null);

    private static string Text(IPEndPoint end) => $"{BitConverter.ToUInt32(end.Address.GetAddressBytes()):X8}:{end.Port:X4}";
}
