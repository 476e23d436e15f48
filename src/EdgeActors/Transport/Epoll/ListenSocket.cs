using System.Net;
using System.Net.Sockets;

namespace EdgeActors.Transport.Epoll;

/// <summary>A bound, listening, non-blocking descriptor and what it was bound to.</summary>
internal readonly record struct ListenSocket(int Fd, IPEndPoint Address)
{
    public void Close() => _ = Native.Close(Fd);
}
