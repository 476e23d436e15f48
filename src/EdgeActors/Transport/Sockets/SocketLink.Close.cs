using System.Net.Sockets;
using EdgeActors.Settings;

namespace EdgeActors.Transport.Sockets;

internal sealed partial class SocketLink
{
    public override void Close(CloseReason reason, CloseMode mode)
    {
        if (Interlocked.CompareExchange(ref _reason, (int)reason, (int)CloseReason.None) != (int)CloseReason.None)
            return;
        lock (_lock)
        {
            if (_rest is not null)
            {
                _rest.Mode = mode;
                return;
            }
        }
        CloseNow(reason, mode);
    }

    private void CloseNow(CloseReason reason, CloseMode mode)
    {
        Counters.End(Time.GetTimestamp());
        lock (_lock)
            _ = _dial?.CancelAsync();
        if (mode == CloseMode.Alert && Counters.JoinedAt == 0)
            CloseWithAlert();
        else if (mode is CloseMode.Close or CloseMode.Alert)
            CloseOrderly(mayCut: reason != CloseReason.Finished && Counters.JoinedAt != 0);
        else
            CloseAtOnce(hold: mode == CloseMode.SilentDrop);
        TellReceiver(ReceiveStatus.Closed);
        Handler?.Ended(this);
    }

    /// <summary>Sends FIN to both sides, but a reset to the receiver of a truncated stream. Disposing a socket under a waiting loop would
    /// send a reset, so the last loop disposes.</summary>
    private void CloseOrderly(bool mayCut)
    {
        if (Counters.JoinedAt == 0)
            SocketCalls.Discard(client);
        var server = Server;
        var cutsUp = mayCut && !Counters.UpFinished && (Volatile.Read(ref _sendsUp) || SocketCalls.HavePending(client, server!));
        var cutsDown = mayCut && !Counters.DownFinished && (Volatile.Read(ref _sendsDown) || SocketCalls.HavePending(server!, client));
        End(client, cutsDown);
        if (server is not null)
            End(server, cutsUp);
        bool inUse;
        lock (_lock)
        {
            _closing = true;
            inUse = _loops > 0;
        }
        if (!inUse)
            DisposeSockets();

        static void End(Socket side, bool isCut)
        {
            if (isCut)
                SocketCalls.Abort(side);
            else
                SocketCalls.Shutdown(side);
        }
    }

    private void CloseWithAlert()
    {
        if (Server is { } server)
            SocketCalls.Abort(server);
        SocketCalls.SendAlert(client);
        transport.Lingering.Add(client);
        Release();
    }

    private void CloseAtOnce(bool hold)
    {
        if (Server is { } server)
            SocketCalls.Abort(server);
        if (hold)
            transport.SilentDrops.Add(client);
        else
            SocketCalls.Abort(client);
        Release();
    }

    private void DisposeSockets()
    {
        client.Dispose();
        Server?.Dispose();
        Release();
    }

    private void Release()
    {
        transport.Remove(this);
        transport.Gate.Leave();
    }
}
