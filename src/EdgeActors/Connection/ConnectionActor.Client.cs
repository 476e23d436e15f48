using EdgeActors.Admission;
using EdgeActors.Protocol;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Connection;

/// <summary>Accepted, admitted and peeked: who the client is, whether it may stay, and what its first bytes say.</summary>
public sealed partial class ConnectionActor
{
    private void OnAccepted()
    {
        Link.Handler = _record;
        Services.Live.Add(_record);
        _record.Traffic.Enter(Link.AcceptedAt);
        Services.Meters.Accepted(Link.AcceptedAt);
        if (Services.Memory.IsShort)
        {
            _admission = Admission.Refused;
            Close(CloseReason.Memory);
            return;
        }
        var header = ProxyHeaderPeek.RuleFor(Link.Client.Address, _context.Listener.AcceptProxy);
        if (header != ProxyHeaderRule.Required && !OnClientAddressKnown())
            return;
        if (!_context.Peeks.Offer(new PeekRequest(Link, Self, header)))
            Close(CloseReason.PeeksFull);
    }

    /// <summary>The client's address is known at accept, or once a trusted peer has sent it in a PROXY header.</summary>
    /// <returns>Whether the connection may stay.</returns>
    private bool OnClientAddressKnown()
    {
        _addressKnown = true;
        Services.Log.Accepted(_record);
        if (CheckAdmission())
            return true;
        _admission = Admission.Refused;
        return false;
    }

    /// <summary>Applies the checks that need no other actor. The limiter's answer arrives while the hello is awaited.</summary>
    private bool CheckAdmission()
    {
        var admission = _context.Admission;
        var address = AddressKey.From(Link.Client.Address);
        if (admission.Denies(address))
        {
            Close(CloseReason.Denied);
            return false;
        }
        var key = admission.KeyOf(address);
        // Before the limit of open connections: a client over that limit stays in the rate count, too.
        if (_admission == Admission.Asked)
            Services.Limiter.Tell(new RateQuery(_context.ListenerIndex, key), Self);
        _counted = admission.TryOpen(key);
        if (!_counted)
            Close(CloseReason.TooManyConnections);
        return _counted;
    }

    private void OnRateAnswer(RateAnswer answer)
    {
        _record.AdmittedAt = Services.Time.GetTimestamp();
        Services.Meters.AdmissionTime.Record(Services.Time.GetElapsedTime(Link.AcceptedAt, _record.AdmittedAt));
        var here = !answer.CountsHere || _context.Admission.AdmitsAlone(KeyOfClient());
        Admit(answer.Admitted && (here || !answer.IsYoung));
        Decide();
    }

    private void Admit(bool admitted)
    {
        _admission = admitted ? Admission.Granted : Admission.Refused;
        if (!admitted)
            Close(CloseReason.RateLimited);
    }

    private AddressKey KeyOfClient() => _context.Admission.KeyOf(AddressKey.From(Link.Client.Address));

    private void OnPeeked(PeekResult peeked)
    {
        if (peeked.Hello is { } hello)
        {
            OnHello(hello);
        }
        else if (peeked.Reason == CloseReason.NotTls)
        {
            RecordPeekTime();
            Refuse(CloseReason.NotTls, _context.Listener.Refusals.NotTls);
        }
        else
        {
            Close(peeked.Reason);
        }
    }

    private void OnHello(ClientHello hello)
    {
        RecordPeekTime();
        _record.ServerName = hello.ServerName;
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

    /// <summary>No route takes this client. The listener's policy closes the connection, or names a backend for it.</summary>
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
