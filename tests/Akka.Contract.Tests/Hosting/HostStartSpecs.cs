using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Akka.Contract.Tests.Hosting;

public sealed class HostStartSpecs
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task The_started_host_has_one_actor_system_of_the_given_name()
    {
        using var host = await AkkaHost.StartAsync(_ => { });

        var system = host.Services.GetRequiredService<ActorSystem>();

        Assert.Equal("contract", system.Name);
        Assert.Same(system, host.Services.GetRequiredService<ActorSystem>());
        await host.StopAsync();
    }

    [Fact]
    public async Task Actors_come_before_start_up_tasks_and_each_kind_in_the_order_of_its_declaration()
    {
        var order = new List<string>();

        using var host = await AkkaHost.StartAsync(akka => akka
            .AddStartup((_, _) => order.Add("startup 1"))
            .WithActors((_, _) => order.Add("actors 1"))
            .AddStartup(async (_, _) =>
            {
                await Task.Yield();
                order.Add("startup 2");
            })
            .WithActors(async (_, _) =>
            {
                await Task.Yield();
                order.Add("actors 2");
            })
            .WithActors((_, _, _) => order.Add("actors 3")));

        Assert.Equal(["actors 1", "actors 2", "actors 3", "startup 1", "startup 2"], order);
        await host.StopAsync();
    }

    [Fact]
    public async Task An_actor_registered_at_start_is_found_by_its_key_everywhere()
    {
        using var host = await AkkaHost.StartAsync(akka => akka.WithActors((system, registry) =>
            registry.Register<EchoActor>(system.ActorOf(Props.Create<EchoActor>(), "echo"))));

        var required = host.Services.GetRequiredService<IRequiredActor<EchoActor>>();

        Assert.Equal("pong", await required.ActorRef.Ask<string>("pong", Deadline));
        Assert.Equal("/user/echo", required.ActorRef.Path.ToStringWithoutAddress());
        Assert.Equal(required.ActorRef, host.Services.GetRequiredService<ActorRegistry>().Get<EchoActor>());
        Assert.Equal(required.ActorRef, host.Services.GetRequiredService<IReadOnlyActorRegistry>().Get<EchoActor>());
        Assert.Same(
            host.Services.GetRequiredService<ActorRegistry>(),
            ActorRegistry.For(host.Services.GetRequiredService<ActorSystem>()));
        await host.StopAsync();
    }

    [Fact]
    public async Task The_resolver_fills_an_actors_constructor_from_services_and_arguments()
    {
        using var host = await AkkaHost.StartAsync(
            akka => akka.WithActors((system, registry, resolver) =>
                registry.Register<GreetingActor>(system.ActorOf(resolver.Props<GreetingActor>("Hello"), "greeting"))),
            services => services.AddSingleton(new Audience("world")));

        var greeting = host.Services.GetRequiredService<IRequiredActor<GreetingActor>>();

        Assert.Equal("Hello, world", await greeting.ActorRef.Ask<string>("greet", Deadline));
        await host.StopAsync();
    }

    [Fact]
    public async Task The_configuring_callback_can_read_services()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton(new Audience("configured"));
        builder.Services.AddAkka("contract", (akka, services) => akka
            .AddHocon($"contract.audience = {services.GetRequiredService<Audience>().Name}", HoconAddMode.Append)
            .AddHocon("akka { loglevel = OFF, stdout-loglevel = OFF, loggers = [] }", HoconAddMode.Append));
        using var host = builder.Build();
        await host.StartAsync();

        var system = host.Services.GetRequiredService<ActorSystem>();

        Assert.Equal("configured", system.Settings.Config.GetString("contract.audience"));
        await host.StopAsync();
    }

    [Fact]
    public async Task A_starter_that_throws_fails_the_start_of_the_host_and_ends_the_system()
    {
        using var host = AkkaHost.Build(akka => akka.WithActors((_, _) => throw new InvalidDataException("no")));

        var fault = await Assert.ThrowsAsync<InvalidDataException>(() => host.StartAsync());

        Assert.Equal("no", fault.Message);
        await host.Services.GetRequiredService<ActorSystem>().WhenTerminated.WaitAsync(Deadline);
    }

    [Fact]
    public async Task A_setup_added_to_the_builder_is_in_the_systems_settings()
    {
        var setup = new TableSetup(7);

        using var host = await AkkaHost.StartAsync(akka => akka.AddSetup(setup));

        var settings = host.Services.GetRequiredService<ActorSystem>().Settings;
        Assert.Same(setup, settings.Setup.Get<TableSetup>().Value);
        await host.StopAsync();
    }

    [Fact]
    public async Task An_extension_named_in_the_builder_is_created_with_the_system()
    {
        using var host = await AkkaHost.StartAsync(akka => akka.WithExtension<StampProvider>());

        var system = host.Services.GetRequiredService<ActorSystem>();

        Assert.True(system.HasExtension<Stamp>());
        Assert.Equal("contract", system.GetExtension<Stamp>().Name);
        await host.StopAsync();
    }

    private sealed record Audience(string Name);

    private sealed class GreetingActor(string greeting, Audience audience) : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell($"{greeting}, {audience.Name}");
    }

    private sealed class TableSetup(int size) : Setup
    {
        public int Size { get; } = size;
    }

    public sealed class Stamp(string name) : IExtension
    {
        public string Name { get; } = name;
    }

    public sealed class StampProvider : ExtensionIdProvider<Stamp>
    {
        public override Stamp CreateExtension(ExtendedActorSystem system) => new(system.Name);
    }
}
