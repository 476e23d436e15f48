using Akka.Streams.Implementation;

namespace Akka.Streams;

/// <summary>A blueprint with open ports; it can be used any number of times and does nothing until it is materialised.</summary>
public interface IGraph<out TShape> where TShape : Shape
{
    TShape Shape { get; }

    IModule Module { get; }
}

public interface IGraph<out TShape, out TMaterialized> : IGraph<TShape> where TShape : Shape
{
    IGraph<TShape, TMaterialized> WithAttributes(Attributes attributes);

    IGraph<TShape, TMaterialized> AddAttributes(Attributes attributes);

    IGraph<TShape, TMaterialized> Named(string name);
}
