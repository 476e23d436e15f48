using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Akka.Contract.Tests.Hosting;

public sealed class HostStopSpecs
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Stopping_the_host_runs_the_phases_of_coordinated_shutdown_in_order_and_ends_the_system()
    {
        var order = new List<string>();
        using var host = await AkkaHost.StartAsync(akka => akka.AddStartup((system, _) =>
        {
            var shutdown = CoordinatedShutdown.Get(system);
            AddTask(shutdown, CoordinatedShutdown.PhaseBeforeActorSystemTerminate, order);
            AddTask(shutdown, CoordinatedShutdown.PhaseServiceRequestsDone, order);
            AddTask(shutdown, CoordinatedShutdown.PhaseBeforeServiceUnbind, order);
        }));
        var system = host.Services.GetRequiredService<ActorSystem>();

        await host.StopAsync();

        Assert.Equal(
            [
                CoordinatedShutdown.PhaseBeforeServiceUnbind,
                CoordinatedShutdown.PhaseServiceRequestsDone,
                CoordinatedShutdown.PhaseBeforeActorSystemTerminate,
            ],
            order);
        Assert.IsType<CoordinatedShutdown.ClrExitReason>(CoordinatedShutdown.Get(system).ShutdownReason);
        await system.WhenTerminated.WaitAsync(Deadline);
    }

    [Fact]
    public async Task Actors_have_stopped_when_the_host_has_stopped()
    {
        var journal = new Journal();
        using var host = await AkkaHost.StartAsync(akka => akka.WithActors((system, _) =>
            system.ActorOf(Props.Create(() => new LastWordsActor(journal)), "last-words")));

        await host.StopAsync();

        Assert.Equal(["stopped"], journal.Rest());
    }

    [Fact]
    public async Task A_system_that_ends_by_itself_stops_the_host()
    {
        using var host = await AkkaHost.StartAsync(_ => { });
        var stopping = new TaskCompletionSource();
        host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(stopping.SetResult);

        await host.Services.GetRequiredService<ActorSystem>().Terminate().WaitAsync(Deadline);

        await stopping.Task.WaitAsync(Deadline);
        await host.StopAsync();
    }

    private static void AddTask(CoordinatedShutdown shutdown, string phase, List<string> order) =>
        shutdown.AddTask(phase, "note", () =>
        {
            order.Add(phase);
            return Task.FromResult(Done.Instance);
        });

    private sealed class LastWordsActor(Journal journal) : UntypedActor
    {
        protected override void PostStop() => journal.Add("stopped");

        protected override void OnReceive(object message) => Unhandled(message);
    }
}
