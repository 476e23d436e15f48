using EdgeActors.Protocol;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Connection;

/// <summary>Peek: the client's first bytes.</summary>
public sealed partial class ConnectionActor
{
    private void OnPeeked(PeekResult peeked)
    {
        var refusals = _context.Listener.Refusals;
        _record.ProxyFields = peeked.Request.ProxyFields;
        switch (peeked.Reason)
        {
            case CloseReason.None:
                OnHello(peeked.Hello!);
                break;
            case CloseReason.NotTls:
                RecordPeekTime();
                Refuse(CloseReason.NotTls, refusals.NotTls);
                break;
            case CloseReason.HelloMalformed:
                RefuseHello(CloseReason.HelloMalformed, refusals.Malformed);
                break;
            case CloseReason.HelloTooLarge:
                RefuseHello(CloseReason.HelloTooLarge, refusals.TooLarge);
                break;
            // While a PROXY header is missing or incomplete, the peer is late, not the client.
            case CloseReason.HelloTimeout when _addressKnown && (peeked.Request.Header == ProxyHeaderRule.None || Link.Received.IsEmpty):
                RefuseHello(CloseReason.HelloTimeout, refusals.Silent);
                break;
            default:
                Close(peeked.Reason);
                break;
        }
    }

    /// <summary>The peek time is recorded only if the connection goes on to a backend.</summary>
    private void RefuseHello(CloseReason reason, RefusalPolicy policy)
    {
        if (policy.Backend is not null)
            RecordPeekTime();
        Refuse(reason, policy);
    }

    private void OnHello(ClientHello hello)
    {
        RecordPeekTime();
        _record.ServerName = hello.ServerName;
        _record.InvalidName = hello.InvalidName;
        _record.HasEch = hello.HasEch;
        _record.Alpn = hello.Alpn;
        if (Services.Log.ReadsHellos && Link.Reason == CloseReason.None)
            _record.Hello = HelloFacts.Of(Link.Received, hello);
        if (hello.Sni == SniState.Absent)
            Refuse(CloseReason.NoSni, _context.Listener.Refusals.NoSni);
        else if (hello.ServerName is null)
            Refuse(CloseReason.InvalidSni, _context.Listener.Refusals.UnknownSni);
        else
            Route();
    }

    private void RecordPeekTime()
    {
        _record.PeekedAt = Services.Time.GetTimestamp();
        Services.Meters.PeekTime.Record(Services.Time.GetElapsedTime(Link.AcceptedAt, _record.PeekedAt));
    }

    /// <summary>No route matches. The listener's policy closes the connection or names a backend for it.</summary>
    private void Refuse(CloseReason reason, RefusalPolicy policy)
    {
        if (policy.Backend is null)
        {
            Close(reason, policy.Mode);
            return;
        }
        _record.Backend = policy.Backend;
        Route();
    }
}
