using Akka.Actor;
using Akka.Event;
using Akka.Streams.Implementation;

namespace Akka.Streams;

/// <summary>
/// Runs each stream in one actor, a child of the materializer's supervisor. Whatever stops the supervisor stops its streams:
/// the end of the system, or of the actor that the materializer was made for.
/// </summary>
public abstract class ActorMaterializer : IMaterializer, IDisposable
{
    public abstract ActorMaterializerSettings Settings { get; }

    public abstract bool IsShutdown { get; }

    public abstract ActorSystem System { get; }

    public abstract ILoggingAdapter Logger { get; }

    public abstract IActorRef Supervisor { get; }

    /// <summary>
    /// The system's own materializer if only the system is given, else a new one. Given an actor's context, its streams end with
    /// that actor.
    /// </summary>
    public static ActorMaterializer Create(IActorRefFactory context, ActorMaterializerSettings? settings = null, string? namePrefix = null)
    {
        ArgumentNullException.ThrowIfNull(context);
        var system = context switch
        {
            ExtendedActorSystem s => s,
            IActorContext c => c.System,
            _ => throw new ArgumentException("A materializer is made for an ActorSystem or an actor's context", nameof(context)),
        };
        var shared = system.WithExtension<DefaultMaterializer, DefaultMaterializerProvider>().Materializer;
        if (context is not ActorSystem || settings is not null)
            return new ActorMaterializerImpl(system, context, settings ?? shared.Settings, namePrefix);
        return namePrefix is null ? shared : (ActorMaterializer)shared.WithNamePrefix(namePrefix);
    }

    public abstract IMaterializer WithNamePrefix(string namePrefix);

    public abstract TMat Materialize<TMat>(IGraph<ClosedShape, TMat> runnable);

    public abstract TMat Materialize<TMat>(IGraph<ClosedShape, TMat> runnable, Attributes initialAttributes);

    public abstract ICancelable ScheduleOnce(TimeSpan delay, Action action);

    public abstract ICancelable ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action);

    public abstract ILoggingAdapter MakeLogger(object logSource);

    /// <summary>Stops all streams of this materializer abruptly; it cannot start others any more.</summary>
    public abstract void Shutdown();

    public void Dispose()
    {
        Shutdown();
        GC.SuppressFinalize(this);
    }
}

public static class ActorMaterializerExtensions
{
    /// <inheritdoc cref="ActorMaterializer.Create"/>
    public static ActorMaterializer Materializer(
        this IActorRefFactory context, ActorMaterializerSettings? settings = null, string? namePrefix = null) =>
        ActorMaterializer.Create(context, settings, namePrefix);
}

internal sealed class DefaultMaterializer(ActorMaterializer materializer) : IExtension
{
    public ActorMaterializer Materializer { get; } = materializer;
}

internal sealed class DefaultMaterializerProvider : ExtensionIdProvider<DefaultMaterializer>
{
    public override DefaultMaterializer CreateExtension(ExtendedActorSystem system) =>
        new(new ActorMaterializerImpl(system, system, ActorMaterializerSettings.Create(system), null));
}
