using System.Net.Sockets;
using Akka.Actor;
using EdgeActors.Connection;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Listening;

/// <summary>What to do about a failed accept.</summary>
public enum AcceptVerdict
{
    /// <summary>The error concerns that one connection: go on.</summary>
    Ignore,

    /// <summary>A resource is exhausted: pause, then go on.</summary>
    BackOff,

    /// <summary>The socket is broken: open a new one.</summary>
    Stop,
}

/// <summary>Groups the errors of accept(2).</summary>
public static class AcceptFault
{
    public static AcceptVerdict Classify(SocketError error) => error switch
    {
        // The client left the backlog (ECONNABORTED, ECONNRESET), or a pending network error, which accept(2) treats like EAGAIN.
        SocketError.ConnectionAborted or SocketError.ConnectionReset or SocketError.Interrupted or SocketError.WouldBlock
            or SocketError.NetworkDown or SocketError.NetworkUnreachable or SocketError.HostDown or SocketError.HostUnreachable
            or SocketError.ProtocolOption or SocketError.OperationNotSupported or SocketError.TimedOut
            or SocketError.NetworkReset or SocketError.AccessDenied => AcceptVerdict.Ignore,

        // EBADF, EINVAL, ENOTSOCK.
        SocketError.InvalidArgument or SocketError.NotSocket or SocketError.OperationAborted or SocketError.Shutdown
            or SocketError.NotInitialized => AcceptVerdict.Stop,

        // EMFILE, ENFILE, ENOBUFS, ENOMEM, and unknown errors: a pause is always safe.
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

/// <summary>Starts an actor for each client of one address. Runs on the transport's thread.</summary>
internal sealed class AcceptHandler(ListenerState state, BindSettings bind, IActorRef connections, IActorRef self) : IAcceptHandler
{
    public void Accepted(Link link)
    {
        var context = state.Context!;
        (context.Services.Idle.Take() ?? connections).Tell(new Accepted(link, context), ActorRefs.NoSender);
    }

    public bool Refuse(Link link) => EarlyRefusal.Refuse(link, state.Context!);

    public bool AcceptFailed(SocketError error)
    {
        var verdict = AcceptFault.Classify(error);
        if (verdict == AcceptVerdict.Ignore)
            return true;
        self.Tell(new AcceptPaused(bind, error, verdict), ActorRefs.NoSender);
        return false;
    }
}

/// <summary>Accepts on a socket outside of the listeners, on the thread pool.</summary>
public static class AcceptLoop
{
    /// <summary>Ends with <paramref name="ending"/>; never throws.</summary>
    /// <param name="socket">Listens. Cancel <paramref name="ending"/> before disposing of it.</param>
    /// <param name="welcome">Gets each client in turn; must not block.</param>
    /// <param name="warn">Gets the reason when accepting pauses.</param>
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
                // EMFILE, ENOBUFS: wait until resources are released.
                var delay = backOff.Next(TimeProvider.System);
                warn($"accept failed ({e.SocketErrorCode}), trying again in {delay.TotalMilliseconds:F0} ms");
                await Task.Delay(delay, ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }, CancellationToken.None);
}
