using System.Net.Sockets;

namespace EdgeActors.Transport.Sockets;

/// <summary>What connect(2)'s errors mean, in named groups.</summary>
internal static class ConnectFailures
{
    public static ConnectFailure From(Exception e) => e is SocketException socket ? From(socket.SocketErrorCode) : ConnectFailure.TimedOut;

    public static ConnectFailure From(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => ConnectFailure.Refused,
        SocketError.ConnectionReset or SocketError.Shutdown => ConnectFailure.Reset,
        SocketError.TimedOut => ConnectFailure.TimedOut,
        SocketError.AddressNotAvailable or SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable
            or SocketError.AccessDenied or SocketError.AddressAlreadyInUse => ConnectFailure.LocalResource,
        _ => ConnectFailure.Unreachable,
    };
}
