using System.Linq.Expressions;
using Akka.Actor.Internal;

namespace Akka.Actor;

#nullable disable annotations

/// <summary>An immutable recipe for an actor: how its instances are made, where it runs, who decides about its children.</summary>
public class Props : IEquatable<Props>
{
    /// <summary>Props of an actor that leaves every message unhandled.</summary>
    public static readonly Props None = CreateBy(new DefaultProducer<EmptyActor>());

    private readonly IIndirectActorProducer _producer;

    public Props(Type type)
        : this(type, [])
    {
    }

    public Props(Type type, object[] args)
        : this(new ReflectiveProducer(CheckType(type), args ?? []))
    {
    }

    protected Props(Props copy)
        : this(copy._producer)
    {
        Deploy = copy.Deploy;
        SupervisorStrategy = copy.SupervisorStrategy;
    }

    private Props(IIndirectActorProducer producer)
    {
        _producer = producer;
        Deploy = Deploy.None;
    }

    public static Props Empty => None;

    public Type Type => _producer.ActorType;

    public string TypeName => Type.AssemblyQualifiedName;

    public Deploy Deploy { get; protected set; }

    public string Dispatcher => Deploy.Dispatcher;

    public string Mailbox => Deploy.Mailbox;

    /// <summary>In place of the strategy that the actor class itself gives; null leaves that one.</summary>
    public SupervisorStrategy SupervisorStrategy { get; protected set; }

    public object[] Arguments => _producer switch
    {
        ConstructorProducer constructor => constructor.Arguments,
        ReflectiveProducer reflective => reflective.Arguments,
        _ => [],
    };

    public static Props Create<TActor>(Expression<Func<TActor>> factory, SupervisorStrategy supervisorStrategy = null)
        where TActor : ActorBase => new(ConstructorProducer.From(factory)) { SupervisorStrategy = supervisorStrategy };

    public static Props Create<TActor>(params object[] args)
        where TActor : ActorBase => new(typeof(TActor), args);

    public static Props Create<TActor>(SupervisorStrategy supervisorStrategy)
        where TActor : ActorBase, new() => new(new DefaultProducer<TActor>()) { SupervisorStrategy = supervisorStrategy };

    public static Props Create(Type type, params object[] args)
    {
        ArgumentNullException.ThrowIfNull(type);
        return new Props(type, args);
    }

    public static Props CreateBy<TProducer>(params object[] args)
        where TProducer : class, IIndirectActorProducer => new((IIndirectActorProducer)Activator.CreateInstance(typeof(TProducer), args));

    /// <summary>The cheapest way: making an actor is one call of <see cref="IIndirectActorProducer.Produce"/>.</summary>
    public static Props CreateBy(IIndirectActorProducer producer, params object[] args) => new(producer);

    public Props WithDispatcher(string dispatcher) => WithDeploy(Deploy.WithDispatcher(dispatcher));

    public Props WithMailbox(string mailbox) => WithDeploy(Deploy.WithMailbox(mailbox));

    public Props WithStashCapacity(int stashCapacity) => WithDeploy(Deploy.WithStashCapacity(stashCapacity));

    public Props WithDeploy(Deploy deploy)
    {
        var copy = Copy();
        copy.Deploy = deploy;
        return copy;
    }

    public Props WithSupervisorStrategy(SupervisorStrategy supervisorStrategy)
    {
        var copy = Copy();
        copy.SupervisorStrategy = supervisorStrategy;
        return copy;
    }

    public virtual ActorBase NewActor()
    {
        try
        {
            return _producer.Produce();
        }
        catch (Exception e)
        {
            throw new TypeLoadException($"Error while creating actor instance of type {Type} with {Arguments.Length} args: ({string.Join(',', Arguments)})", e);
        }
    }

    internal void Release(ActorBase actor) => _producer.Release(actor);

    protected virtual Props Copy() => new(this);

    public bool Equals(Props other) => ReferenceEquals(this, other) || (other is not null
        && ReferenceEquals(_producer, other._producer) && Deploy.Equals(other.Deploy) && Equals(SupervisorStrategy, other.SupervisorStrategy));

    public override bool Equals(object obj) => Equals(obj as Props);

    public override int GetHashCode() => HashCode.Combine(_producer, Deploy);

    private static Type CheckType(Type type) => typeof(ActorBase).IsAssignableFrom(type)
        ? type
        : throw new ArgumentException($"{type} is not an actor class.", nameof(type));

    private sealed class EmptyActor : UntypedActor
    {
        protected override void OnReceive(object message) => Unhandled(message);
    }
}
