using Akka.Streams.Stage;

namespace Akka.Streams.Implementation;

/// <summary>What a graph consists of. Only this assembly knows how to run one.</summary>
public interface IModule
{
    Shape Shape { get; }

    Attributes Attributes { get; }

    IModule WithAttributes(Attributes attributes);
}

internal abstract class Module(Shape shape, Attributes attributes) : IModule
{
    public Shape Shape { get; } = shape;

    public Attributes Attributes { get; private set; } = attributes;

    public IModule WithAttributes(Attributes attributes)
    {
        var copy = (Module)MemberwiseClone();
        copy.Attributes = attributes;
        return copy;
    }

    /// <summary>Adds its stages to the assembly, from upstream to downstream, and returns the materialised value.</summary>
    public object? Materialize(GraphAssembly assembly, Attributes inherited) => Build(assembly, inherited.And(Attributes));

    protected abstract object? Build(GraphAssembly assembly, Attributes attributes);
}

/// <summary>A single stage.</summary>
internal sealed class StageModule<TShape, TMat>(GraphStageWithMaterializedValue<TShape, TMat> stage, Attributes attributes)
    : Module(stage.Shape, attributes)
    where TShape : Shape
{
    protected override object? Build(GraphAssembly assembly, Attributes attributes)
    {
        GraphAssembly.NumberPorts(Shape);
        var made = stage.CreateLogicAndMaterializedValue(attributes);
        assembly.Add(made.Logic, Shape);
        return made.MaterializedValue;
    }
}

/// <summary>The flow that does nothing; it leaves no trace in a running stream.</summary>
internal sealed class IdentityModule<T>() : Module(new FlowShape<T, T>(new Inlet<T>("Identity.in"), new Outlet<T>("Identity.out")), Attributes.None)
{
    public static readonly IdentityModule<T> Instance = new();

    protected override object? Build(GraphAssembly assembly, Attributes attributes) => NotUsed.Instance;
}

/// <summary>Two modules, the outlet of the first joined to the inlet of the second.</summary>
internal sealed class FusedModule<TLeft, TRight, TMat>(Module left, Module right, Shape shape, Func<TLeft, TRight, TMat> combine)
    : Module(shape, Attributes.None)
{
    protected override object? Build(GraphAssembly assembly, Attributes attributes)
    {
        var first = left.Materialize(assembly, attributes);
        var second = right.Materialize(assembly, attributes);
        return combine((TLeft)first!, (TRight)second!);
    }
}

/// <summary>A module whose materialised value goes through a function.</summary>
internal sealed class MappedModule<TFrom, TTo>(Module inner, Func<TFrom, TTo> map) : Module(inner.Shape, Attributes.None)
{
    protected override object? Build(GraphAssembly assembly, Attributes attributes) =>
        map((TFrom)inner.Materialize(assembly, attributes)!);
}

/// <summary>Any module as a graph.</summary>
internal sealed class ModuleGraph<TShape, TMat>(IModule module) : IGraph<TShape, TMat>
    where TShape : Shape
{
    public TShape Shape => (TShape)Module.Shape;

    public IModule Module { get; } = module;

    public IGraph<TShape, TMat> WithAttributes(Attributes attributes) => new ModuleGraph<TShape, TMat>(Module.WithAttributes(attributes));

    public IGraph<TShape, TMat> AddAttributes(Attributes attributes) => WithAttributes(Module.Attributes.And(attributes));

    public IGraph<TShape, TMat> Named(string name) => AddAttributes(Attributes.CreateName(name));
}

internal static class ModuleExtensions
{
    public static Module Fuse<TLeft, TRight, TMat>(this IModule left, IModule right, Shape shape, Func<TLeft, TRight, TMat> combine) =>
        new FusedModule<TLeft, TRight, TMat>((Module)left, (Module)right, shape, combine);

    public static Module Map<TFrom, TTo>(this IModule module, Func<TFrom, TTo> map) => new MappedModule<TFrom, TTo>((Module)module, map);
}
