using Akka.Actor;
using EdgeActors.Settings;

namespace EdgeActors.Listening;

/// <summary>A listener that runs.</summary>
/// <param name="Settings">Those in force.</param>
/// <param name="Number">Its own for as long as the process lives, in whatever order a configuration lists them: by it, its limits are found.</param>
/// <param name="Actor">Its actor.</param>
/// <param name="State">What it has open.</param>
public sealed record RunningListener(ListenerSettings Settings, int Number, IActorRef Actor, ListenerState State)
{
    public void Deconstruct(out ListenerSettings settings, out ListenerState state) => (settings, state) = (Settings, State);
}
