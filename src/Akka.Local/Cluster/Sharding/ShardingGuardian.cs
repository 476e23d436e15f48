using System.Collections.Concurrent;
using Akka.Actor;

namespace Akka.Cluster.Sharding;

/// <summary>What a region is made from.</summary>
internal sealed record RegionPlan(
    string TypeName,
    Func<string, Props> EntityProps,
    ClusterShardingSettings Settings,
    IMessageExtractor Extractor,
    object StopMessage);

/// <summary>The parent of all regions. Starting the same type twice, even at the same time, gives one region.</summary>
internal sealed class ShardingGuardian(ConcurrentDictionary<string, IActorRef> regions) : UntypedActor
{
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case RegionPlan plan:
                Sender.Tell(regions.GetOrAdd(plan.TypeName, Start, plan));
                break;
            case Terminated ended:
                foreach (var (typeName, region) in regions)
                {
                    if (region.Equals(ended.ActorRef))
                        regions.TryRemove(typeName, out _);
                }

                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private static IActorRef Start(string typeName, RegionPlan plan) =>
        Context.Watch(Context.ActorOf(
        FunctionProducer<ShardRegion>.Props(() => new ShardRegion(plan)), Uri.EscapeDataString(typeName)));
}
