using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Connection;

/// <summary>Close: releases, counts and logs everything once.</summary>
public sealed partial class ConnectionActor
{
    private void Close(CloseReason reason) => Link.Close(reason, reason.Facts().Mode);

    private void Close(CloseReason reason, CloseMode mode) => Link.Close(reason, mode);

    private void RecordEnd()
    {
        if (Phase == ConnectionPhase.Closing)
            return;
        if (Phase == ConnectionPhase.Queued)
            AddQueueTime();
        Phase = ConnectionPhase.Closing;
        _record.Undecided = false;
        if (!_addressKnown)
            Services.Log.Accepted(_record);
        Release();
        Services.Log.Closed(_record, Counts(), _passed);
        Services.Live.Remove(_record);
        CountEnd();
    }

    /// <summary>The client's place in its limit and the server's lease.</summary>
    private void Release()
    {
        if (_counted && _context.Admission.LimitsOpen)
            _context.Admission.Close(KeyOfClient());
        TellFreed(_record.End());
    }

    /// <summary>Runs after removal from the live connections, so that no byte is counted twice.</summary>
    private void CountEnd()
    {
        var (reason, counters) = (_record.Reason, Link.Counters);
        var (up, down, now) = (counters.BytesUp, counters.BytesDown, counters.EndedAt);
        _record.Traffic.Leave(reason, up, down, now);
        _backendTraffic?.Leave(reason, up, down, now);
        if (_serverTraffic is not { } server)
            return;
        server.Leave(reason, up, down, now);
        if (counters.JoinedAt == 0)
            return;
        var queue = TimeSpan.FromMilliseconds(_record.QueuedMs);
        var connect = DialTime();
        var total = Services.Time.GetElapsedTime(Link.AcceptedAt, counters.EndedAt);
        _backendTraffic?.Finished(queue, connect, total);
        server.Finished(queue, connect, total);
    }

    private ConnectionCounts Counts()
    {
        // HAProxy counts without this connection; its server was released before.
        var ofBackend = _backendTraffic is { } backend ? backend.Current - 1 : 0;
        return new ConnectionCounts(
            Services.Live.Count,
            (int)_record.Traffic.Current,
            (int)ofBackend,
            (_answer as RouteTo)?.Server.State.Connections ?? 0,
            _record.QueuedBehind);
    }
}
