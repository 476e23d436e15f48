using EdgeLoad.Sockets;

namespace EdgeLoad.Backend;

/// <summary>
/// The other end of every connection: takes a PROXY header and a hello, then does what the command says. It has one port that requires the
/// header and one that refuses it, for proxies that cannot send it.
/// </summary>
internal sealed class BackendServer
{
    private const int MaxComplaints = 10;

    private readonly Poller _poller = new();
    private readonly Stack<byte[]> _heads = new();
    private int _complaints;

    /// <param name="port">For connections with a PROXY header; 0: the kernel chooses.</param>
    /// <param name="plainPort">For connections without; 0: the kernel chooses.</param>
    public BackendServer(int port, int plainPort)
    {
        Port = Listen(port, withProxy: true);
        PlainPort = Listen(plainPort, withProxy: false);
    }

    public int Port { get; }

    public int PlainPort { get; }

    /// <summary>What is sent and nobody looks at.</summary>
    public byte[] Filling { get; } = GC.AllocateArray<byte>(Tcp.Chunk, pinned: true);

    /// <summary>For what is received and looked at at once.</summary>
    public byte[] Scratch { get; } = GC.AllocateArray<byte>(64 * 1024, pinned: true);

    /// <summary>Until the process is ended.</summary>
    public void Run()
    {
        while (true)
            _poller.Wait(-1);
    }

    public byte[] RentHead() => _heads.TryPop(out var head) ? head : new byte[BackendConnection.MaxHead];

    public void ReturnHead(byte[] head) => _heads.Push(head);

    public void Close(BackendConnection connection) => _poller.Close(connection);

    public void Complain(string about)
    {
        if (_complaints++ < MaxComplaints)
            Console.Error.WriteLine($"backend: {about}");
    }

    private int Listen(int port, bool withProxy)
    {
        var (fd, actual) = Tcp.Listen(port);
        _poller.Add(fd, new Listener(this, withProxy));
        return actual;
    }

    private void Accepted(int fd, bool withProxy)
    {
        var connection = new BackendConnection(this, withProxy);
        _poller.Add(fd, connection);
    }

    private sealed class Listener(BackendServer server, bool withProxy) : Watched
    {
        public override void Ready()
        {
            int fd;
            while ((fd = Tcp.Accept(Fd)) >= 0)
                server.Accepted(fd, withProxy);
        }
    }
}
