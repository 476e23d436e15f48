using Akka.Actor;

namespace Akka.DependencyInjection;

#nullable disable annotations

/// <summary>Makes props whose actors get constructor arguments from a container.</summary>
public interface IDependencyResolver
{
    T GetService<T>();

    object GetService(Type type);

    /// <exception cref="ArgumentException">The type is no actor class.</exception>
    Props Props(Type type, params object[] args);

    Props Props(Type type);

    /// <summary>What the arguments do not provide, by type, is resolved when an actor is made, and again at every restart.</summary>
    Props Props<T>(params object[] args)
        where T : ActorBase;
}
