using System.Net;
using EdgeActors.Join;

namespace EdgeActors.Transport;

/// <summary>All that the transport has to know to join a client with a server, decided by the actors in one answer.</summary>
/// <param name="Server">Where to dial.</param>
/// <param name="ConnectTimeout">How long the server may take to accept.</param>
/// <param name="Preface">Bytes to send ahead of the client's (a PROXY header), or empty.</param>
/// <param name="Timeouts">Inactivity limits of the joined connection.</param>
public sealed record ConnectPlan(IPEndPoint Server, TimeSpan ConnectTimeout, ReadOnlyMemory<byte> Preface, RelayTimeouts Timeouts);

/// <summary>Why a server did not take a connection.</summary>
public enum ConnectFailure
{
    /// <summary>It answered with a reset (ECONNREFUSED).</summary>
    Refused,

    /// <summary>It did not answer within the connect timeout (or ETIMEDOUT).</summary>
    TimedOut,

    /// <summary>No way to it (ENETUNREACH, EHOSTUNREACH ...).</summary>
    Unreachable,

    /// <summary>This machine could not dial: no port, no descriptor, no memory (EADDRNOTAVAIL, EMFILE, ENOBUFS ...).</summary>
    LocalResource,
}
