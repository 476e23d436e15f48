using Akka.Actor;
using EdgeActors.Admission;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Connection;

/// <summary>Refuses clients that are on the deny list or known to be over their rate limit, without an actor, a peek or an ACCEPT line. A
/// flood consists of them.</summary>
internal static class EarlyRefusal
{
    /// <returns>True if the link was closed.</returns>
    public static bool Refuse(Link link, ConnectionContext context)
    {
        var (services, admission) = (context.Services, context.Admission);
        // Behind another load balancer, the client's address is not known yet. A logged hello must be read.
        if (!admission.MayRefuseAtOnce || context.Listener.AcceptProxy is not null || services.Log.ReadsHellos || services.Memory.IsShort)
            return false;
        var reason = Refusal(AddressKey.From(link.Client.Address), context);
        if (reason == CloseReason.None)
            return false;
        context.Traffic.Enter(link.AcceptedAt);
        services.Meters.Accepted(link.AcceptedAt);
        link.Close(reason, reason.Facts().Mode);
        context.Traffic.Leave(reason, 0, 0, link.AcceptedAt);
        services.Log.Refused(link, context.Traffic, services.Live.Count);
        return true;
    }

    private static CloseReason Refusal(in AddressKey address, ConnectionContext context)
    {
        var admission = context.Admission;
        if (admission.Denies(address))
        {
            admission.OnDenied(address);
            return CloseReason.Denied;
        }
        if (!admission.LimitsRate || admission.Exempts(address))
            return CloseReason.None;
        var key = admission.KeyOf(address);
        if (!admission.RefusesAtOnce(key))
            return CloseReason.None;
        context.Services.Limiter.Tell(new RateQuery(context.ListenerIndex, key, IsCountedOnly: true), ActorRefs.NoSender);
        admission.OnRefusedAtOnce(key);
        return CloseReason.RateLimited;
    }
}
