using System.Net.Sockets;

namespace EdgeActors.Cluster.Remoting;

/// <summary>The peer is not taken for a node; the message says why.</summary>
internal sealed class HandshakeException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>What comes on a connection before the first message, and what messages go through from then on. The stream owns the socket.</summary>
internal interface IHandshake
{
    /// <exception cref="HandshakeException">It has failed, or has taken too long.</exception>
    Task<Stream> AsServer(Socket socket);

    /// <inheritdoc cref="AsServer"/>
    Task<Stream> AsClient(Socket socket);
}

/// <summary>None: where nobody else can reach this node.</summary>
internal sealed class NoHandshake : IHandshake
{
    public Task<Stream> AsServer(Socket socket) => Task.FromResult<Stream>(new NetworkStream(socket, ownsSocket: true));

    public Task<Stream> AsClient(Socket socket) => AsServer(socket);
}
