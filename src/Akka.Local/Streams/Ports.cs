using Akka.Streams.Implementation;
using Akka.Streams.Stage;

namespace Akka.Streams;

public abstract class InPort
{
    // The port's place in its stage's shape, given when the stage is first materialised.
    internal int Id = -1;
}

public abstract class OutPort
{
    internal int Id = -1;
}

/// <summary>The untyped view of a port that takes elements in.</summary>
public abstract class Inlet : InPort
{
    public readonly string Name;

    protected Inlet(string name) => Name = name ?? throw new ArgumentException("Inlet name must be defined");

    public abstract Inlet CarbonCopy();

    public sealed override string ToString() => Name;
}

/// <summary>A port that takes elements of <typeparamref name="T"/> in.</summary>
public sealed class Inlet<T>(string name) : Inlet(name)
{
    public override Inlet CarbonCopy() => new Inlet<T>(Name);
}

/// <summary>The untyped view of a port that gives elements out.</summary>
public abstract class Outlet : OutPort
{
    public readonly string Name;

    protected Outlet(string name) => Name = name;

    public abstract Outlet CarbonCopy();

    internal abstract Connection Connect(GraphStageLogic upstream, GraphStageLogic downstream);

    public sealed override string ToString() => Name;
}

/// <summary>A port that gives elements of <typeparamref name="T"/> out.</summary>
public sealed class Outlet<T>(string name) : Outlet(name)
{
    public override Outlet CarbonCopy() => new Outlet<T>(Name);

    internal override Connection Connect(GraphStageLogic upstream, GraphStageLogic downstream) =>
        new Connection<T>(upstream, downstream);
}
