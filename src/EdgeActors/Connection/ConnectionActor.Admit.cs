using EdgeActors.Admit;
using EdgeActors.Peek;

namespace EdgeActors.Connection;

/// <summary>Who the client is, and whether it may stay.</summary>
public sealed partial class ConnectionActor
{
    private void Begin()
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
        if (header != ProxyHeaderRule.Required && !Introduced())
            return;
        if (!_context.Peeks.Offer(new PeekRequest(Link, Self, header)))
            Close(CloseReason.PeeksFull);
    }

    /// <summary>Whose connection it is, is known: at accept, or as soon as a trusted peer has said so.</summary>
    /// <returns>Whether it may stay.</returns>
    private bool Introduced()
    {
        _introduced = true;
        Services.Log.Accepted(_record);
        if (Enter())
            return true;
        _admission = Admission.Refused;
        return false;
    }

    /// <summary>What is known at once decides at once; the limiter's answer comes while the hello is awaited.</summary>
    private bool Enter()
    {
        var admission = _context.Admission;
        var address = AddressKey.From(Link.Client.Address);
        if (admission.Denies(address))
        {
            Close(CloseReason.Denied);
            return false;
        }
        var key = admission.KeyOf(address);
        // Whoever has too many open is counted there, too: who keeps knocking stays out.
        if (_admission == Admission.Asked)
            Services.Limiter.Tell(new RateQuery(_context.ListenerIndex, key), Self);
        _counted = admission.TryOpen(key);
        if (!_counted)
            Close(CloseReason.TooManyConnections);
        return _counted;
    }

    private void Admitted(RateAnswer answer)
    {
        var here = !answer.CountsHere || _context.Admission.AdmitsAlone(KeyOfClient());
        Admitted(answer.Admitted && (here || !answer.IsYoung));
    }

    private void Admitted(bool admitted)
    {
        _admission = admitted ? Admission.Granted : Admission.Refused;
        if (!admitted)
            Close(CloseReason.RateLimited);
    }

    private AddressKey KeyOfClient() => _context.Admission.KeyOf(AddressKey.From(Link.Client.Address));
}
