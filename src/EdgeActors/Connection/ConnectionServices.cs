using Akka.Actor;
using EdgeActors.Resources;
using EdgeActors.Telemetry;

namespace EdgeActors.Connection;

/// <summary>What every connection of this node shares.</summary>
/// <param name="Router">Takes <see cref="Routing.RouteQuery"/>.</param>
/// <param name="Limiter">Takes <see cref="Admission.RateQuery"/>: a shard region, or its local parent.</param>
/// <param name="Pending">Who waits for the two.</param>
public sealed record ConnectionServices(
    IActorRef Router,
    IActorRef Limiter,
    PendingDecisions Pending,
    LiveConnections Live,
    EdgeLog Log,
    EdgeMeters Meters,
    TimeProvider Time)
{
    /// <summary>Whether there is memory for one more.</summary>
    public MemoryGuard Memory { get; init; } = MemoryGuard.Off;
}
