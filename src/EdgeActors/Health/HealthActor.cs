using Akka.Actor;

namespace EdgeActors.Health;

/// <summary>The parent of all probes, one a server. A probe that throws is restarted and goes on from what was learnt.</summary>
public sealed class HealthActor(IReadOnlyList<ProbeTarget> targets, HealthServices services) : UntypedActor
{
    public static Props Props(IReadOnlyList<ProbeTarget> targets, HealthServices services) =>
        Akka.Actor.Props.Create(() => new HealthActor(targets, services));

    protected override SupervisorStrategy SupervisorStrategy() => NodeActor.Restarting;

    protected override void PreStart()
    {
        foreach (var target in targets)
            Context.ActorOf(HealthProbeActor.Props(target, services), $"{Uri.EscapeDataString(target.Backend)}-{target.Server.Index}");
    }

    protected override void OnReceive(object message) => Unhandled(message);
}
