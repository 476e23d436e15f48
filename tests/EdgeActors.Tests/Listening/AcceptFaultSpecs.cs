using System.Net.Sockets;
using EdgeActors.Listening;

namespace EdgeActors.Tests.Listening;

public class AcceptFaultSpecs
{
    [Theory]
    [InlineData(SocketError.ConnectionAborted)] // ECONNABORTED: the client left the queue
    [InlineData(SocketError.ConnectionReset)]
    [InlineData(SocketError.Interrupted)] // EINTR
    [InlineData(SocketError.WouldBlock)] // EAGAIN
    [InlineData(SocketError.NetworkDown)] // accept(2): "detect the network errors defined for the protocol after accept()"
    [InlineData(SocketError.NetworkUnreachable)]
    [InlineData(SocketError.HostDown)]
    [InlineData(SocketError.HostUnreachable)]
    [InlineData(SocketError.ProtocolOption)]
    [InlineData(SocketError.OperationNotSupported)]
    [InlineData(SocketError.AccessDenied)] // EPERM: a firewall rule
    public void What_is_one_connections_trouble_is_ignored(SocketError error) =>
        Assert.Equal(AcceptVerdict.Ignore, AcceptFault.Classify(error));

    [Theory]
    [InlineData(SocketError.TooManyOpenSockets)] // EMFILE, ENFILE
    [InlineData(SocketError.NoBufferSpaceAvailable)] // ENOBUFS
    [InlineData(SocketError.SocketError)] // what .NET has no name for, ENOMEM and EPROTO among them
    [InlineData((SocketError)123456)]
    public void What_is_used_up_or_unknown_backs_off(SocketError error) =>
        Assert.Equal(AcceptVerdict.BackOff, AcceptFault.Classify(error));

    [Theory]
    [InlineData(SocketError.OperationAborted)] // EBADF, ECANCELED
    [InlineData(SocketError.InvalidArgument)] // EINVAL: not listening
    [InlineData(SocketError.NotSocket)]
    public void A_broken_listening_socket_stops(SocketError error) =>
        Assert.Equal(AcceptVerdict.Stop, AcceptFault.Classify(error));
}
