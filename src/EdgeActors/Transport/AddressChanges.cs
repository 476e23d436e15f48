using System.Buffers.Binary;
using System.Net.Sockets;

namespace EdgeActors.Transport;

/// <summary>Reports IPv4 and IPv6 addresses added or removed on this machine, by rtnetlink(7). .NET's NetworkChange covers IPv4 only, and
/// also fires on every route change.</summary>
internal sealed class AddressChanges : IDisposable
{
    private readonly Socket _socket;

    private AddressChanges(Socket socket) => _socket = socket;

    /// <param name="changed">Called for each change; the callback reads the current addresses.</param>
    /// <returns>Null if this system has no netlink.</returns>
    /// <exception cref="SocketException">The netlink socket cannot be opened.</exception>
    public static AddressChanges? Listen(Action changed)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        var changes = new AddressChanges(Open());
        _ = changes.Run(changed);
        return changes;
    }

    public void Dispose() => _socket.Dispose();

    private static unsafe Socket Open()
    {
        var fd = Native.Socket(Native.AfNetlink, Native.SockRaw | Native.SockCloExec, Native.NetlinkRoute);
        if (fd < 0)
            throw new SocketException((int)Errno.ToSocketError(Errno.Last));
        var handle = new SafeSocketHandle(fd, ownsHandle: true);
        // sockaddr_nl of netlink(7): family, padding, port (0: the kernel chooses), groups.
        var address = stackalloc byte[12];
        var bytes = new Span<byte>(address, 12);
        bytes.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, Native.AfNetlink);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], Native.Ipv4AddressGroup | Native.Ipv6AddressGroup);
        if (Native.Bind(fd, address, bytes.Length) >= 0)
            return new Socket(handle);
        var error = Errno.ToSocketError(Errno.Last);
        handle.Dispose();
        throw new SocketException((int)error);
    }

    private async Task Run(Action changed)
    {
        // The kernel truncates messages beyond the buffer.
        var start = new byte[16];
        while (true)
        {
            try
            {
                await _socket.ReceiveAsync(start).ConfigureAwait(false);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.NoBufferSpaceAvailable)
            {
                // ENOBUFS: messages were lost. The callback reads all addresses anyway.
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
            changed();
        }
    }
}
