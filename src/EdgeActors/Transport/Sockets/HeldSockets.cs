using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using EdgeActors.Settings;

namespace EdgeActors.Transport.Sockets;

/// <summary>Closed clients' sockets that stay open for a while. Bounded: the oldest is evicted.</summary>
internal sealed class HeldSockets(int max, TimeSpan hold, TimeProvider time, Action<Socket> release)
{
    private readonly Lock _lock = new();
    private readonly Queue<(Socket Socket, long Since)> _held = new();
    private long _evicted;

    /// <summary>Sockets evicted before their time.</summary>
    public long Evicted => Interlocked.Read(ref _evicted);

    public int Count
    {
        get
        {
            lock (_lock)
                return _held.Count;
        }
    }

    public void Add(Socket socket) => Add(socket, hold);

    /// <param name="left">Behind sockets that are held longer, it is released with them.</param>
    public void Add(Socket socket, TimeSpan left)
    {
        var oldest = max > 0 ? null : socket;
        lock (_lock)
        {
            if (_held.Count >= max && _held.TryDequeue(out var first))
            {
                oldest = first.Socket;
                _evicted++;
            }
            if (max > 0)
                _held.Enqueue((socket, time.GetTimestamp() - (long)((hold - left).TotalSeconds * time.TimestampFrequency)));
        }
        if (oldest is not null)
            release(oldest);
    }

    /// <summary>Removes the oldest; the caller owns their descriptors.</summary>
    public IReadOnlyList<DropHandover> Take(int max)
    {
        var taken = new List<DropHandover>();
        lock (_lock)
        {
            while (taken.Count < max && SharedSockets.IsSupported && _held.TryDequeue(out var first))
            {
                var (socket, since) = first;
                try
                {
                    var fd = SharedSockets.Detach(socket, SharedSockets.Duplicate(socket.SafeHandle));
                    taken.Add(new DropHandover((long)(hold - time.GetElapsedTime(since)).TotalMilliseconds, 0, HasFin: false) { Fd = fd });
                }
                catch (SocketException)
                {
                    // EMFILE.
                    _held.Enqueue(first);
                    break;
                }
            }
        }
        return taken;
    }

    public void Expire(long now) => ReleaseWhile(since => time.GetElapsedTime(since, now) >= hold);

    public void Clear() => ReleaseWhile(static _ => true);

    private void ReleaseWhile(Func<long, bool> due)
    {
        while (true)
        {
            Socket socket;
            lock (_lock)
            {
                if (!_held.TryPeek(out var first) || !due(first.Since))
                    return;
                socket = _held.Dequeue().Socket;
            }
            release(socket);
        }
    }
}

internal static class SocketCalls
{
    /// <summary>Maximum receives per <see cref="Discard"/>, so that one client cannot delay the others.</summary>
    private const int MaxReceives = 64;

    /// <summary>Pause before a Unix socket with a full backlog is dialled again.</summary>
    public static readonly TimeSpan FullBacklogRetry = TimeSpan.FromMilliseconds(50);

    /// <exception cref="SocketException">No descriptor, no such source address, or the connect failed.</exception>
    public static async Task<Socket> Connect(EndPoint server, IPAddress? source, CancellationToken cancel)
    {
        if (server is UnixEndPoint unix)
            return await ConnectUnix(unix, cancel).ConfigureAwait(false);
        var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.NoDelay = true;
            if (source is not null)
            {
                // Without it bind(2) reserves a port for this socket whatever the server, and only about 28,000 exist.
                if (OperatingSystem.IsLinux())
                    socket.SetRawSocketOption(Native.SolIp, Native.IpBindAddressNoPort, BitConverter.GetBytes(1));
                socket.Bind(new IPEndPoint(source, 0));
            }
            await socket.ConnectAsync(server, cancel).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A full Unix backlog fails with EAGAIN at once (unix(7)), so connect(2) is repeated until the deadline.</summary>
    private static async Task<Socket> ConnectUnix(UnixEndPoint server, CancellationToken cancel)
    {
        while (true)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(server.Portable, cancel).ConfigureAwait(false);
                return socket;
            }
            catch (SocketException e)
            {
                socket.Dispose();
                if (e.SocketErrorCode != SocketError.WouldBlock)
                    throw OfUnix(e.SocketErrorCode, server);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
            await Task.Delay(FullBacklogRetry, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancel.IsCancellationRequested)
                throw new SocketException((int)SocketError.TimedOut, "its backlog stayed full");
        }
    }

    /// <summary>.NET reports ENOENT as EADDRNOTAVAIL, and has no code for ENOTDIR. EACCES counts as refused: the file's mode excludes Edge's
    /// user.</summary>
    private static SocketException OfUnix(SocketError error, UnixEndPoint server) => error switch
    {
        SocketError.AddressNotAvailable => new SocketException((int)SocketError.HostUnreachable, "no such file or directory"),
        SocketError.AccessDenied => new SocketException((int)SocketError.ConnectionRefused, "permission denied"),
        SocketError.ConnectionRefused => new SocketException((int)error, "connection refused"),
        SocketError.ProtocolType => new SocketException((int)error, "it is no stream socket"),
        SocketError.SocketError when server.FileInPath is { } file => new SocketException((int)error, $"{file} is no folder"),
        _ => new SocketException((int)error),
    };

    /// <summary>Whether a reset or another error has ended the connection.</summary>
    public static bool IsBroken(Socket socket)
    {
        var broken = false;
        // An urgent byte is reported as an error, too.
        Try(socket, side => broken = side.Poll(0, SelectMode.SelectError)
            && side.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error) is not 0);
        return broken;
    }

    /// <summary>Sends alert and FIN; a client with a closed window gets only the FIN.</summary>
    public static void SendAlert(Socket socket)
    {
        Discard(socket);
        Try(socket, static client =>
        {
            // A non-blocking send without buffer space returns at once.
            client.Blocking = false;
            _ = client.Send(TlsAlerts.UnrecognizedName, SocketFlags.None, out _);
            client.Shutdown(SocketShutdown.Send);
        });
    }

    /// <summary>Discards received data: a close with unread bytes sends a reset in place of a FIN.</summary>
    public static void Discard(Socket socket) => Try(socket, static client =>
    {
        Span<byte> dropped = stackalloc byte[16 * 1024];
        for (var i = 0; i < MaxReceives && client.Available > 0; i++)
            _ = client.Receive(dropped, SocketFlags.None, out _);
    });

    /// <summary>Whether <paramref name="from"/> has unread bytes, or <paramref name="to"/> has unacknowledged ones.</summary>
    public static bool HavePending(Socket from, Socket to)
    {
        var pending = false;
        Try(from, side => pending = side.Available > 0);
        if (OperatingSystem.IsLinux())
            Try(to, side => pending |= Native.Unsent((int)side.Handle) > 0);
        return pending;
    }

    public static void DiscardAndClose(Socket socket)
    {
        Discard(socket);
        socket.Dispose();
    }

    /// <summary>Closes a silently dropped client with a reset of TTL 1, which expires at the first router but reaches a client on the same
    /// link. Before that the kernel acknowledged the client's data; a client that filled the window probes it and sees a reset.</summary>
    public static void CloseSilently(Socket socket)
    {
        Try(socket, static client =>
        {
            if (client.AddressFamily == AddressFamily.InterNetworkV6)
                client.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.HopLimit, 1);
            if (client.AddressFamily == AddressFamily.InterNetwork || client.DualMode)
                client.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.IpTimeToLive, 1);
        });
        Abort(socket);
    }

    public static void Shutdown(Socket socket) => Try(socket, static side => side.Shutdown(SocketShutdown.Both));

    public static void Abort(Socket socket)
    {
        Try(socket, static side => side.LingerState = new LingerOption(true, 0));
        socket.Dispose();
    }

    /// <summary>ENOTCONN, EINVAL: the other side has already closed.</summary>
    private static void Try(Socket socket, Action<Socket> call)
    {
        try
        {
            call(socket);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
        }
    }
}
