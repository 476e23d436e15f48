using Akka.Actor;
using EdgeActors.Node;

namespace EdgeActors.Health;

/// <summary>To the parent of all probes: the board has other servers now.</summary>
internal sealed class FollowBoard
{
    public static readonly FollowBoard Instance = new();
}

/// <summary>The parent of all probes, one a server of the board. A probe that throws is restarted and goes on from what was learnt.</summary>
public sealed class HealthActor(HealthBoard board, HealthServices services) : UntypedActor
{
    private readonly Dictionary<ProbeTarget, IActorRef> _probes = new(ReferenceEqualityComparer.Instance);
    private long _started;

    public static Props Props(HealthBoard board, HealthServices services) => Akka.Actor.Props.Create(() => new HealthActor(board, services));

    protected override SupervisorStrategy SupervisorStrategy() => NodeActor.Restarting;

    protected override void PreStart() => Follow();

    protected override void OnReceive(object message)
    {
        if (message is FollowBoard)
            Follow();
        else
            Unhandled(message);
    }

    private void Follow()
    {
        var targets = board.Targets.ToHashSet<ProbeTarget>(ReferenceEqualityComparer.Instance);
        foreach (var (target, probe) in _probes)
        {
            if (targets.Contains(target))
                continue;
            Context.Stop(probe);
            _probes.Remove(target);
        }
        foreach (var target in board.Targets)
        {
            if (!_probes.ContainsKey(target))
                _probes[target] = Context.ActorOf(HealthProbeActor.Props(target, services), NameOf(target));
        }
    }

    /// <summary>Numbered, as one that stops keeps its name until it has.</summary>
    private string NameOf(ProbeTarget target) =>
        $"{Uri.EscapeDataString(target.Backend)}-{Uri.EscapeDataString(target.Server.Name)}-{++_started}";
}
