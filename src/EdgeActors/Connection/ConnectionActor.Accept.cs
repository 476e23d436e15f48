using EdgeActors.Admission;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Connection;

/// <summary>Accept: the client's address and the admission checks.</summary>
public sealed partial class ConnectionActor
{
    private void OnAccepted(Accepted accepted)
    {
        _context = accepted.Context;
        _record = new LiveConnection(accepted.Link, _context.Traffic, Self) { Generation = _context.Generation };
        _admission = _context.Admission.LimitsRate ? Admission.Asked : Admission.Granted;
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
        if (_context.Peeks.Offer(new PeekRequest(Link, Self, header)))
            _owed++;
        else
            Close(CloseReason.PeeksFull);
    }

    /// <summary>The client's address is known at accept, or once a trusted peer has sent it in a PROXY header.</summary>
    /// <returns>Whether the connection is admitted.</returns>
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
            admission.OnDenied(address);
            Close(CloseReason.Denied);
            return false;
        }
        if (admission.Exempts(address))
        {
            _admission = Admission.Granted;
            return true;
        }
        var key = admission.KeyOf(address);
        // Before the limit of open connections: a client over that limit must count in the rate, too.
        if (_admission == Admission.Asked)
        {
            _owed++;
            Services.Limiter.Tell(new RateQuery(_context.ListenerIndex, key), Self);
        }
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
        Admit(answer.Admitted && (here || !answer.IsYoung), answer.CountsHere ? null : answer.RefusedFor);
        Decide();
    }

    /// <param name="refusedFor">As in <see cref="RateAnswer"/>; null: as this node's own table says.</param>
    private void Admit(bool admitted, uint? refusedFor)
    {
        _admission = admitted ? Admission.Granted : Admission.Refused;
        if (admitted)
            return;
        _context.Admission.OnRateLimited(KeyOfClient(), refusedFor);
        Close(CloseReason.RateLimited);
    }

    private AddressKey KeyOfClient() => _context.Admission.KeyOf(AddressKey.From(Link.Client.Address));
}
