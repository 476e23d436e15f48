using System.Net;
using System.Net.Sockets;

namespace EdgeHost.Tests.Harness;

/// <summary>A backend that does with each connection what a test says, below TLS: Edge does not look inside, so neither need it.</summary>
internal sealed class OddServer : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _fillers = [];

    private OddServer(int backlog)
    {
        EndPoint = Loopback.NextEndPoint();
        _listener.Bind(EndPoint);
        _listener.Listen(backlog);
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>Accepts and does this.</summary>
    public static OddServer That(Func<Socket, Task> does)
    {
        var server = new OddServer(backlog: 128);
        _ = server.Accept(does);
        return server;
    }

    /// <summary>Reads the hello, says one byte and closes.</summary>
    public static OddServer ThatAnswers() => That(static async socket =>
    {
        await socket.ReceiveAsync(new byte[4096]);
        await socket.SendAsync(new byte[1]);
    });

    /// <param name="atOnce">Without having read a byte; else behind the first ones.</param>
    public static OddServer ThatResets(bool atOnce) => That(async socket =>
    {
        if (!atOnce)
            await socket.ReceiveAsync(new byte[1]);
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    });

    /// <summary>Its queue is full and nobody accepts: the kernel answers no SYN.</summary>
    public static OddServer ThatDoesNotAnswer()
    {
        const int MoreThanFit = 8;
        var server = new OddServer(backlog: 0);
        for (var i = 0; i < MoreThanFit; i++)
        {
            var filler = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            server._fillers.Add(filler);
            try
            {
                filler.Connect(server.EndPoint);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
                // The SYN is out (EINPROGRESS); on the loopback that means it is in the queue, or that there is no more room.
            }
        }
        return server;
    }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var filler in _fillers)
            filler.Dispose();
    }

    private async Task Accept(Func<Socket, Task> does)
    {
        try
        {
            while (true)
                _ = Serve(await _listener.AcceptAsync(), does);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private static async Task Serve(Socket socket, Func<Socket, Task> does)
    {
        using (socket)
        {
            try
            {
                await does(socket);
            }
            catch (SocketException)
            {
                // The other side has gone; the test sees that by itself.
            }
        }
    }
}
