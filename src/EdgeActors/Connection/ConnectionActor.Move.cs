using EdgeActors.Protocol;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Connection;

/// <summary>Move: a joined connection goes to another process, or comes from one.</summary>
public sealed partial class ConnectionActor
{
    /// <summary>Another process has it, counts it and will log its end.</summary>
    private void OnMoved()
    {
        if (Phase == ConnectionPhase.Closing)
            return;
        Phase = ConnectionPhase.Closing;
        Release();
        Services.Live.Remove(_record);
        _record.Traffic.MoveOn();
        _backendTraffic?.MoveOn();
        _serverTraffic?.MoveOn();
    }

    private void Restore(Adopted adopted)
    {
        var from = adopted.Handover;
        _context = adopted.Context;
        _record = new LiveConnection(adopted.Link, _context.Traffic, Self) { Generation = from.Generation };
        (_admission, _addressKnown, _passed) = (Admission.Granted, true, true);
        Phase = ConnectionPhase.Joined;
        _answer = adopted.Server;
        _record.QueuedMs = from.QueuedMs;
        _record.Backend = from.Backend;
        _record.Server = from.Server;
        _record.ServerName = from.ServerName;
        _record.InvalidName = from.InvalidName;
        _record.HasEch = from.HasEch;
        if (AlpnList.TryCopy(from.Alpn, out var alpn))
            _record.Alpn = alpn;
        _record.HasUniqueId = from.HasUniqueId;
        _record.Hello = from.Hello;
        _record.PeekedAt = from.PeekedAt;
        _record.AdmittedAt = from.AdmittedAt;
        _record.DialledAt = from.DialledAt;
        _record.QueuedBehind = from.QueuedBehind;
        _record.Retries = from.Retries;
    }

    /// <summary>Continues a connection of another process.</summary>
    private void OnAdopted(Adopted adopted)
    {
        Restore(adopted);
        try
        {
            Register();
        }
        finally
        {
            Link.Thaw();
        }
    }

    private void Register()
    {
        var counters = Link.Counters;
        Link.Handler = _record;
        // Before it is live: its bytes so far count in no sum.
        Adopt(_record.Traffic);
        if (_answer is RouteTo { Server.State: var server } && _record.TryTake(server, null))
        {
            (_serverTraffic, _backendTraffic) = (server.Traffic, server.Backend.Traffic);
            Adopt(_serverTraffic);
            Adopt(_backendTraffic);
        }
        var admission = _context.Admission;
        _counted = admission.LimitsOpen && !admission.Exempts(AddressKey.From(Link.Client.Address));
        if (_counted)
            admission.Adopt(KeyOfClient());
        Services.Live.Add(_record);

        void Adopt(Telemetry.Traffic.SessionTraffic traffic) => traffic.Adopt(counters.BytesUp, counters.BytesDown);
    }
}
