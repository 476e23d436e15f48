using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.DependencyInjection;
using Akka.Util;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.Hosting;

/// <summary>Gathers what an actor system is to be started with. What is added after the start has no effect.</summary>
public sealed class AkkaConfigurationBuilder(IServiceCollection serviceCollection, string actorSystemName)
{
    private readonly List<ActorStarter> _starters = [];
    private readonly List<StartupTask> _startupTasks = [];
    private readonly List<Type> _extensions = [];
    private bool _started;

    /// <summary>What was asked for beyond the configuration, at most one of each type.</summary>
    public HashSet<Setup> Setups { get; } = [];

    public Option<ProviderSelection> ActorRefProvider { get; private set; }

    /// <summary>The configuration so far, without the defaults of the runtime.</summary>
    public Option<Config> Configuration { get; private set; }

    internal string ActorSystemName { get; } = actorSystemName;

    internal IReadOnlyList<Type> Extensions => _extensions;

    public AkkaConfigurationBuilder StartActors(Action<ActorSystem, IActorRegistry> starter) =>
        StartActors((ActorSystem system, IActorRegistry registry) =>
        {
            starter(system, registry);
            return Task.CompletedTask;
        });

    public AkkaConfigurationBuilder StartActors(Action<ActorSystem, IActorRegistry, IDependencyResolver> starter) =>
        StartActors((ActorSystem system, IActorRegistry registry) =>
        {
            starter(system, registry, DependencyResolver.For(system).Resolver);
            return Task.CompletedTask;
        });

    public AkkaConfigurationBuilder StartActors(ActorStarterWithResolver starter) =>
        StartActors((ActorSystem system, IActorRegistry registry) =>
            starter(system, registry, DependencyResolver.For(system).Resolver));

    public AkkaConfigurationBuilder StartActors(ActorStarter starter)
    {
        if (!_started)
            _starters.Add(starter);
        return this;
    }

    public AkkaConfigurationBuilder AddStartup(Action<ActorSystem, IActorRegistry> startupTask) =>
        AddStartup((ActorSystem system, IActorRegistry registry) =>
        {
            startupTask(system, registry);
            return Task.CompletedTask;
        });

    public AkkaConfigurationBuilder AddStartup(StartupTask startupTask)
    {
        if (!_started)
            _startupTasks.Add(startupTask);
        return this;
    }

    /// <summary>Creates the extension along with the system.</summary>
    public AkkaConfigurationBuilder WithExtension<T>()
        where T : IExtensionId => WithExtensions(typeof(T));

    /// <exception cref="ConfigurationException">A type is no extension id, or cannot be instantiated.</exception>
    public AkkaConfigurationBuilder WithExtensions(params Type[] extensions)
    {
        foreach (var extension in extensions)
        {
            if (!typeof(IExtensionId).IsAssignableFrom(extension))
                throw new ConfigurationException($"{extension.FullName} is no {nameof(IExtensionId)}.");
            if (!extension.IsClass || extension.IsAbstract)
                throw new ConfigurationException($"{extension.FullName} cannot be instantiated.");
            if (!_extensions.Contains(extension))
                _extensions.Add(extension);
        }

        return this;
    }

    internal AkkaConfigurationBuilder AddHoconConfiguration(Config hocon, HoconAddMode addMode)
    {
        ArgumentNullException.ThrowIfNull(hocon);
        if (_started)
            return this;

        var current = Configuration.GetOrElse(Config.Empty);
        Configuration = addMode switch
        {
            HoconAddMode.Append => current.WithFallback(hocon),
            HoconAddMode.Prepend or HoconAddMode.Replace => hocon.WithFallback(current),
            _ => throw new ArgumentOutOfRangeException(nameof(addMode), addMode, null),
        };
        return this;
    }

    internal AkkaConfigurationBuilder AddSetupPart(Setup setup)
    {
        if (_started)
            return this;

        switch (setup)
        {
            // The system gets one bootstrap setup, made of everything that was added: take this one apart.
            case BootstrapSetup bootstrap:
                if (bootstrap.Config.HasValue)
                    AddHoconConfiguration(bootstrap.Config.Value, HoconAddMode.Prepend);
                ActorRefProvider = bootstrap.ActorRefProvider;
                break;
            // The host's own services are the resolver.
            case DependencyResolverSetup:
                break;
            default:
                Setups.Add(setup);
                break;
        }

        return this;
    }

    internal AkkaConfigurationBuilder SelectProvider(ProviderSelection provider)
    {
        ArgumentNullException.ThrowIfNull(provider);
        if (!_started)
            ActorRefProvider = provider;
        return this;
    }

    internal void RegisterServices()
    {
        serviceCollection.AddSingleton(ActorSystemFactory.Create);
        serviceCollection.AddSingleton(static services => ActorRegistry.For(services.GetRequiredService<ActorSystem>()));
        serviceCollection.AddSingleton<IActorRegistry>(static services => services.GetRequiredService<ActorRegistry>());
        serviceCollection.AddSingleton<IReadOnlyActorRegistry>(static services => services.GetRequiredService<ActorRegistry>());
        serviceCollection.AddSingleton(typeof(IRequiredActor<>), typeof(RequiredActor<>));
    }

    internal async Task StartAsync(ActorSystem system)
    {
        if (_started)
            return;
        _started = true;

        var registry = ActorRegistry.For(system);
        foreach (var starter in _starters)
            await starter(system, registry).ConfigureAwait(false);
        foreach (var startupTask in _startupTasks)
            await startupTask(system, registry).ConfigureAwait(false);
    }
}
