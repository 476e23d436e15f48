using Akka.Actor;
using EdgeActors.Telemetry;

namespace EdgeActors.Cluster.Membership;

/// <summary>One actor system's session in the cluster. It ends when other nodes have downed it, or by order.</summary>
internal sealed class ClusterSession(ActorSystem system)
{
    private readonly TaskCompletionSource _ordered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _now;
    private string? _reason;

    /// <summary>When it is over, or is to be.</summary>
    public Task Ended => Task.WhenAny(_ordered.Task, system.WhenTerminated);

    public string Reason => _reason ?? "the others have taken this node for gone, or its system has ended by itself";

    /// <summary>The first order counts.</summary>
    /// <param name="now">Without leaving: as if the process had died.</param>
    public void End(string reason, bool now)
    {
        if (Interlocked.CompareExchange(ref _reason, reason, null) is not null)
            return;
        _now = now;
        _ordered.TrySetResult();
    }

    /// <summary>Leaves the cluster if that was not forbidden and can still be done, then ends the system.</summary>
    public async Task Finish(TimeSpan leave, TimeSpan end, EdgeLog log)
    {
        if (!_now && !system.WhenTerminated.IsCompleted)
        {
            var leaving = CoordinatedShutdown.Get(system).Run(CoordinatedShutdown.ClusterLeavingReason.Instance);
            await Task.WhenAny(leaving, system.WhenTerminated, Task.Delay(leave)).ConfigureAwait(false);
        }
        if (!system.WhenTerminated.IsCompleted)
            ((ExtendedActorSystem)system).Abort();
        await Task.WhenAny(system.WhenTerminated, Task.Delay(end)).ConfigureAwait(false);
        if (!system.WhenTerminated.IsCompleted)
            log.Warning("cluster: the actor system has not ended in time, and is left behind");
    }
}

/// <summary>State kept from one cluster system of this process to the next. Each is used after the one before has ended.</summary>
internal sealed class ClusterHistory
{
    /// <summary>From 1.</summary>
    public int Incarnation { get; set; }

    /// <summary>Whether there ever was another node.</summary>
    public bool KnewOthers { get; set; }

    public string? LastEnd { get; set; }

    /// <summary>Consecutive cluster systems that could not join.</summary>
    public int LeftOut { get; set; }
}
