using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Contract.Tests.Hosting;

namespace Akka.Contract.Tests.Sharding;

/// <summary>The key and the protocol of the entity that the sharding specs use.</summary>
internal static class Counter
{
    public interface ICommand
    {
        string EntityId { get; }
    }

    /// <summary>Answered with <see cref="Counted"/>.</summary>
    public sealed record Count(string EntityId) : ICommand;

    public sealed record Crash(string EntityId) : ICommand;

    /// <summary>The entity stops itself, without the shard knowing beforehand.</summary>
    public sealed record Leave(string EntityId) : ICommand;

    /// <summary>The entity asks its shard for passivation so many times.</summary>
    public sealed record Retire(string EntityId, int Times = 1) : ICommand;

    /// <summary>A message that the extractor finds no entity in.</summary>
    public sealed record Nowhere;

    /// <summary>The stop message of a passivation. The entity then waits for <see cref="Release"/>, so that a test can send meanwhile.</summary>
    public sealed record Stop;

    /// <summary>Sent to the entity itself, past its shard.</summary>
    public sealed record Release;

    /// <summary>How often this incarnation has counted, and where it lives.</summary>
    public sealed record Counted(string EntityId, int Value, IActorRef Entity);

    public sealed record Started(string EntityId, IActorRef Entity);

    public sealed record Stopping(string EntityId, IActorRef Entity);

    public sealed record Stopped(string EntityId);

    public static readonly IMessageExtractor Extractor =
        HashCodeMessageExtractor.Create(4, message => (message as ICommand)?.EntityId);
}

internal sealed class CounterActor(string entityId, Journal journal) : UntypedActor
{
    private int _value;

    public static Props Props(string entityId, Journal journal) => Actor.Props.Create(() => new CounterActor(entityId, journal));

    protected override void PreStart() => journal.Add(new Counter.Started(entityId, Self));

    protected override void PostStop() => journal.Add(new Counter.Stopped(entityId));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Counter.Count:
                Sender.Tell(new Counter.Counted(entityId, ++_value, Self));
                break;
            case Counter.Crash:
                throw new InvalidOperationException("crash");
            case Counter.Leave:
                Context.Stop(Self);
                break;
            case Counter.Retire retire:
                for (var i = 0; i < retire.Times; i++)
                    Context.Parent.Tell(new Passivate(new Counter.Stop()));
                break;
            case Counter.Stop:
                journal.Add(new Counter.Stopping(entityId, Self));
                break;
            case Counter.Release:
                Context.Stop(Self);
                break;
            default:
                Unhandled(message);
                break;
        }
    }
}
