using System.Net.Sockets;

namespace EdgeActors.Listening;

/// <summary>What to do about a failed accept.</summary>
public enum AcceptVerdict
{
    /// <summary>It was that one connection's trouble: go on.</summary>
    Ignore,

    /// <summary>Something is used up: go on after a while, lest it spin.</summary>
    BackOff,

    /// <summary>The socket itself is broken: a new one is needed.</summary>
    Stop,
}

/// <summary>accept(2)'s errors in named groups.</summary>
public static class AcceptFault
{
    public static AcceptVerdict Classify(SocketError error) => error switch
    {
        // The client left while it was in the queue (ECONNABORTED, ECONNRESET), or a pending network error of the new
        // connection, which accept(2) says to treat like EAGAIN on Linux.
        SocketError.ConnectionAborted or SocketError.ConnectionReset or SocketError.Interrupted or SocketError.WouldBlock
            or SocketError.NetworkDown or SocketError.NetworkUnreachable or SocketError.HostDown or SocketError.HostUnreachable
            or SocketError.ProtocolOption or SocketError.OperationNotSupported or SocketError.TimedOut
            or SocketError.NetworkReset or SocketError.AccessDenied => AcceptVerdict.Ignore,

        // EBADF, EINVAL, ENOTSOCK.
        SocketError.InvalidArgument or SocketError.NotSocket or SocketError.OperationAborted or SocketError.Shutdown
            or SocketError.NotInitialized => AcceptVerdict.Stop,

        // EMFILE, ENFILE, ENOBUFS, ENOMEM, and whatever else is new to us: waiting is never wrong.
        _ => AcceptVerdict.BackOff,
    };
}

/// <summary>Delays that double from 100 ms to 5 s, and start over after a quiet minute.</summary>
public struct BackOff
{
    public static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);

    private TimeSpan _last;
    private long _at;

    public TimeSpan Next(TimeProvider time)
    {
        var now = time.GetTimestamp();
        if (_last == TimeSpan.Zero || time.GetElapsedTime(_at, now) >= Quiet)
            _last = First;
        else
            _last = _last * 2 < Longest ? _last * 2 : Longest;
        _at = now;
        return _last;
    }
}

/// <summary>Accepts on a socket that is no listener, on the thread pool.</summary>
public static class AcceptLoop
{
    /// <summary>Ends with <paramref name="ending"/>, and never fails.</summary>
    /// <param name="socket">It listens; who disposes of it cancels first.</param>
    /// <param name="welcome">Given each client, one after the other; it does not wait for any.</param>
    /// <param name="warn">Told why nobody can be accepted for a while.</param>
    public static Task Run(Socket socket, Action<Socket> welcome, Action<string> warn, CancellationToken ending) => Task.Run(async () =>
    {
        var backOff = new BackOff();
        while (!ending.IsCancellationRequested)
        {
            try
            {
                welcome(await socket.AcceptAsync(ending).ConfigureAwait(false));
            }
            catch (Exception e) when (ending.IsCancellationRequested && e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                // EMFILE, ENOBUFS ...: others need time to give something back.
                var delay = backOff.Next(TimeProvider.System);
                warn($"accept failed ({e.SocketErrorCode}), trying again in {delay.TotalMilliseconds:F0} ms");
                await Task.Delay(delay, ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }, CancellationToken.None);
}
