using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.DependencyInjection;
using Akka.Hosting.Logging;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Akka.Hosting;

/// <summary>Makes the actor system out of what was gathered and of the services of the host.</summary>
internal static class ActorSystemFactory
{
    public static ActorSystem Create(IServiceProvider services)
    {
        var builder = services.GetRequiredService<AkkaConfigurationBuilder>();
        var config = builder.Configuration.GetOrElse(Config.Empty);
        var system = ActorSystem.Create(builder.ActorSystemName, Setup(builder, config, services));
        foreach (var extension in builder.Extensions)
            system.RegisterExtension((IExtensionId)Activator.CreateInstance(extension)!);
        return system;
    }

    private static ActorSystemSetup Setup(AkkaConfigurationBuilder builder, Config config, IServiceProvider services)
    {
        var bootstrap = BootstrapSetup.Create().WithConfig(config);
        if (builder.ActorRefProvider.HasValue)
            bootstrap = bootstrap.WithActorRefProvider(builder.ActorRefProvider.Value);

        var setup = bootstrap.And(DependencyResolverSetup.Create(services));
        if (services.GetService<ILoggerFactory>() is { } loggers)
            setup = setup.And(new LoggerFactorySetup(loggers));
        // Last, so that a logger factory that was asked for by name wins over the one of the host.
        foreach (var part in builder.Setups)
            setup = setup.And(part);
        return setup;
    }
}
