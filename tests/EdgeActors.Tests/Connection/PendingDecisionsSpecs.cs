using System.Runtime.CompilerServices;
using Akka.Actor;
using EdgeActors.Connection;
using EdgeActors.Telemetry.Traffic;

namespace EdgeActors.Tests.Connection;

public sealed class PendingDecisionsSpecs
{
    private readonly PendingDecisions _pending = new(TimeSpan.FromMilliseconds(50), new ManualTime());

    [Fact]
    public void A_decided_connection_is_forgotten_with_the_next_one()
    {
        var decided = AddDecided();
        _pending.Add(Waiting());
        GC.Collect();
        Assert.False(decided.IsAlive);
        GC.KeepAlive(_pending);
    }

    /// <summary>Not inlined: a local variable would keep the connection alive.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference AddDecided()
    {
        var record = Waiting();
        _pending.Add(record);
        record.Undecided = false;
        return new WeakReference(record);
    }

    private static LiveConnection Waiting() => new(new FakeLink(), new FrontendTraffic("https"), ActorRefs.Nobody) { Undecided = true };
}
