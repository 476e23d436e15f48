using Akka.Actor;
using Akka.DependencyInjection;

namespace Akka.Hosting;

/// <summary>Makes actors in the system that has just started, and registers those that others need.</summary>
public delegate Task ActorStarter(ActorSystem system, IActorRegistry registry);

/// <inheritdoc cref="ActorStarter"/>
public delegate Task ActorStarterWithResolver(ActorSystem system, IActorRegistry registry, IDependencyResolver resolver);

/// <summary>Runs once, after every <see cref="ActorStarter"/>.</summary>
public delegate Task StartupTask(ActorSystem system, IActorRegistry registry);
