using EdgeActors.Route;
using EdgeActors.Telemetry.Traffic;

namespace EdgeActors.Connection;

/// <summary>What a connection counts where: at its listener, then at a backend, then at one server of it after the other.</summary>
public sealed partial class ConnectionActor
{
    private Visit _visit;
    private int _queuedMs;

    private enum Visit : byte
    {
        None,
        Backend,
        Server,
    }

    /// <summary>The first answer that names a backend brings the connection there, whether or not that has a server for it.</summary>
    private void EnterBackend(RouteAnswer answer)
    {
        if (_visit != Visit.None || answer.Traffic is not { } backend)
            return;
        _visit = Visit.Backend;
        backend.Enter(_record.PeekedAt);
    }

    /// <summary>Before <paramref name="to"/> takes the place of the last answer.</summary>
    private void EnterServer(RouteTo to)
    {
        EnterBackend(to);
        var (server, backend) = (to.Server.Traffic, to.Server.PoolTraffic);
        var before = _answer as RouteTo;
        if (_record.Retries > 0)
        {
            // The server that has failed is not known of one that has waited meanwhile.
            var elsewhere = before is null || !before.Server.Is(to.Server);
            before?.Server.Traffic.Retry(elsewhere);
            backend.Retry(elsewhere);
        }
        if (_visit == Visit.Server)
        {
            server.DialAgain();
            backend.DialAgain();
            return;
        }
        _visit = Visit.Server;
        server.Enter(_record.PeekedAt);
        backend.Choose();
    }

    private void LeaveServer()
    {
        if (_visit == Visit.Server)
        {
            _visit = Visit.Backend;
            ((RouteTo)_answer!).Server.Traffic.MoveOn();
        }
        TellFreed(_record.LetGo());
    }

    private void EnterQueue(Queued queued)
    {
        EnterBackend(queued);
        queued.Since = Services.Time.GetTimestamp();
    }

    private void LeaveQueue()
    {
        var queued = (Queued)_answer!;
        _queuedMs += (int)Math.Min(Services.Time.GetElapsedTime(queued.Since).TotalMilliseconds, int.MaxValue / 2);
    }

    /// <summary>At the end, when it is no longer among the live ones: its bytes are there once at most at any time.</summary>
    private void CountEnd()
    {
        var (reason, counters) = (_record.Reason, Link.Counters);
        var (up, down) = (counters.BytesUp, counters.BytesDown);
        _record.Traffic.Leave(reason, up, down);
        if (_visit == Visit.None)
            return;
        var backend = _answer?.Traffic;
        var server = _visit == Visit.Server ? ((RouteTo)_answer!).Server.Traffic : null;
        backend?.Leave(reason, up, down);
        server?.Leave(reason, up, down);
        if (counters.JoinedAt == 0 || server is null)
            return;
        var queue = TimeSpan.FromMilliseconds(_queuedMs);
        var connect = DialTime();
        var total = Services.Time.GetElapsedTime(Link.AcceptedAt, counters.EndedAt);
        backend?.Finished(queue, connect, total);
        server.Finished(queue, connect, total);
    }

    /// <summary>From the hello to the join, without the time in the queue.</summary>
    private TimeSpan DialTime() =>
        Services.Time.GetElapsedTime(_record.PeekedAt, Link.Counters.JoinedAt) - TimeSpan.FromMilliseconds(_queuedMs);
}
