using System.Net.Sockets;
using EdgeActors.Settings;

namespace EdgeActors.Tests;

/// <summary>A Unix socket in a folder of its own, or an abstract one.</summary>
internal sealed class UnixServer : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edge-unix-").FullName;

    public UnixServer(bool isAbstract = false)
    {
        var name = isAbstract ? $"@edge-{Guid.NewGuid():N}" : Path.Combine(_folder, "app.sock");
        Assert.True(UnixEndPoint.TryRead(UnixEndPoint.Prefix + name, out var endPoint, out _));
        EndPoint = endPoint;
    }

    public UnixEndPoint EndPoint { get; }

    public Socket Socket { get; } = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    public UnixServer Bind()
    {
        Socket.Bind(EndPoint.Portable);
        return this;
    }

    public UnixServer Listen(int backlog = 16)
    {
        Bind().Socket.Listen(backlog);
        return this;
    }

    /// <summary>Connects until the backlog is full.</summary>
    /// <returns>The connections in the queue.</returns>
    public IReadOnlyList<Socket> Fill()
    {
        var waiting = new List<Socket>();
        while (true)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
            try
            {
                socket.Connect(EndPoint.Portable);
                waiting.Add(socket);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.WouldBlock)
            {
                socket.Dispose();
                return waiting;
            }
        }
    }

    public Task<Socket> Accept() => Eventually.Within(Socket.AcceptAsync());

    public void Dispose()
    {
        Socket.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
