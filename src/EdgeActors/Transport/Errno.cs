using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace EdgeActors.Transport;

/// <summary>errno values of Linux, in the groups that this transport acts on.</summary>
internal static class Errno
{
    public const int Interrupted = 4, Again = 11, BadFile = 9, NoMemory = 12, AccessDenied = 13, Invalid = 22, FileTableFull = 23, BrokenPipe = 32,
        TooManyFiles = 24, NoSys = 38, Protocol = 71, NotSocket = 88, ProtocolOption = 92, NotSupported = 95, FamilyNotSupported = 97,
        AddressInUse = 98, AddressNotAvailable = 99, NetworkDown = 100, NetworkUnreachable = 101, ConnectionAborted = 103,
        ConnectionReset = 104, NoBuffers = 105, TimedOut = 110, Refused = 111, HostDown = 112, HostUnreachable = 113, InProgress = 115;

    /// <summary>Of the system call just made on this thread.</summary>
    public static int Last => Marshal.GetLastPInvokeError();

    /// <summary>splice(2) cannot do it with these descriptors, or not at all: copy instead.</summary>
    public static bool IsSpliceUnsupported(int error) => error is Invalid or NoSys;

    /// <summary>Why a server did not take a connection.</summary>
    public static CloseReason ToCloseReason(int error) => CloseReasons.OfConnect(ToSocketError(error));

    public static SocketError ToSocketError(int error) => error switch
    {
        Interrupted => SocketError.Interrupted,
        AccessDenied => SocketError.AccessDenied,
        BadFile or Invalid => SocketError.InvalidArgument,
        NotSocket => SocketError.NotSocket,
        FileTableFull or TooManyFiles => SocketError.TooManyOpenSockets,
        NoBuffers or NoMemory => SocketError.NoBufferSpaceAvailable,
        Protocol or ProtocolOption => SocketError.ProtocolOption,
        NotSupported => SocketError.OperationNotSupported,
        FamilyNotSupported => SocketError.AddressFamilyNotSupported,
        AddressInUse => SocketError.AddressAlreadyInUse,
        AddressNotAvailable => SocketError.AddressNotAvailable,
        NetworkDown => SocketError.NetworkDown,
        NetworkUnreachable => SocketError.NetworkUnreachable,
        ConnectionAborted => SocketError.ConnectionAborted,
        ConnectionReset => SocketError.ConnectionReset,
        Refused => SocketError.ConnectionRefused,
        BrokenPipe => SocketError.Shutdown,
        TimedOut => SocketError.TimedOut,
        HostDown => SocketError.HostDown,
        HostUnreachable => SocketError.HostUnreachable,
        _ => SocketError.SocketError,
    };
}
