using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace EdgeHost.Tests.Hostile;

/// <summary>A hostile client of many addresses, on a thread of its own until the measurement is over.</summary>
/// <param name="max">Connections at once; beyond it the oldest is closed.</param>
internal sealed class Attacker(CancellationToken stop, int max = 2000) : IDisposable
{
    private readonly Queue<Socket> _open = new();

    /// <summary>Connections and messages so far.</summary>
    public int Count { get; private set; }

    /// <summary>Acts so often, until the measurement is over or so many times. An error of a socket is what an attacker expects.</summary>
    public void Repeat(int perSecond, Action<int> act, int times = int.MaxValue)
    {
        var since = Stopwatch.GetTimestamp();
        for (var i = 0; i < times && !stop.IsCancellationRequested; i++)
        {
            var wait = TimeSpan.FromSeconds((double)i / perSecond) - Stopwatch.GetElapsedTime(since);
            if (wait > TimeSpan.Zero)
                stop.WaitHandle.WaitOne(wait);
            try
            {
                act(i);
                Count++;
            }
            catch (SocketException)
            {
                Count++;
            }
        }
    }

    public Socket Open(IPEndPoint to)
    {
        var socket = Keep(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        socket.Bind(new IPEndPoint(new IPAddress([127, 3, (byte)(Count >> 8), (byte)Count]), 0));
        socket.Connect(to);
        return socket;
    }

    public Socket Open(string path, SocketType type = SocketType.Stream)
    {
        var socket = Keep(new Socket(AddressFamily.Unix, type, ProtocolType.Unspecified));
        socket.Connect(new UnixDomainSocketEndPoint(path));
        return socket;
    }

    public static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    public void Dispose()
    {
        foreach (var socket in _open)
            socket.Dispose();
    }

    private Socket Keep(Socket socket)
    {
        // A send to a peer that does not read must not hold the thread.
        socket.SendTimeout = 100;
        _open.Enqueue(socket);
        if (_open.Count > max)
            _open.Dequeue().Dispose();
        return socket;
    }
}
