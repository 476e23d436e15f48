using System.Linq.Expressions;
using System.Reflection;

namespace Akka.Actor.Internal;

internal sealed class ReflectiveProducer(Type actorType, object?[] args) : IIndirectActorProducer
{
    public Type ActorType { get; } = actorType;

    public object?[] Arguments { get; } = args;

    public ActorBase Produce() => (ActorBase)(Arguments.Length == 0
        ? Activator.CreateInstance(ActorType, nonPublic: true)!
        : Activator.CreateInstance(ActorType, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic, null, Arguments, null)!);

    public void Release(ActorBase actor)
    {
    }
}

internal sealed class ConstructorProducer(ConstructorInfo constructor, object?[] args) : IIndirectActorProducer
{
    private readonly ConstructorInvoker _invoker = ConstructorInvoker.Create(constructor);

    public Type ActorType { get; } = constructor.DeclaringType!;

    public object?[] Arguments { get; } = args;

    public ActorBase Produce() => (ActorBase)_invoker.Invoke(Arguments.AsSpan());

    public void Release(ActorBase actor)
    {
    }

    /// <summary>Reads <c>() => new X(a, b)</c>. The arguments are evaluated now, once; plain constants and captured variables without compiling anything.</summary>
    public static ConstructorProducer From<TActor>(Expression<Func<TActor>> factory)
    {
        if (factory.Body is not NewExpression { Constructor: { } constructor } body)
            throw new ArgumentException("The create function must be a 'new T (args)' expression", nameof(factory));
        var args = new object?[body.Arguments.Count];
        for (var i = 0; i < args.Length; i++)
            args[i] = Evaluate(body.Arguments[i]);
        return new ConstructorProducer(constructor, args);
    }

    private static object? Evaluate(Expression expression) => expression switch
    {
        ConstantExpression constant => constant.Value,
        MemberExpression { Member: FieldInfo field, Expression: var owner } => field.GetValue(owner is null ? null : Evaluate(owner)),
        MemberExpression { Member: PropertyInfo property, Expression: var owner } => property.GetValue(owner is null ? null : Evaluate(owner)),
        _ => Expression.Lambda<Func<object?>>(Expression.Convert(expression, typeof(object))).Compile(preferInterpretation: true)(),
    };
}

internal sealed class DefaultProducer<TActor> : IIndirectActorProducer
    where TActor : ActorBase, new()
{
    public Type ActorType => typeof(TActor);

    public ActorBase Produce() => new TActor();

    public void Release(ActorBase actor)
    {
    }
}
