using Akka.Actor;
using Akka.Configuration;

namespace Akka.Contract.Tests;

public class CoordinatedShutdownSpecs
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Phases_run_in_their_order_and_end_with_the_system()
    {
        var system = Start();
        var order = new List<string>();
        var shutdown = CoordinatedShutdown.Get(system);
        foreach (var phase in new[]
                 {
                     CoordinatedShutdown.PhaseBeforeActorSystemTerminate,
                     CoordinatedShutdown.PhaseServiceStop,
                     CoordinatedShutdown.PhaseBeforeServiceUnbind,
                     CoordinatedShutdown.PhaseServiceRequestsDone,
                     CoordinatedShutdown.PhaseServiceUnbind,
                 })
        {
            shutdown.AddTask(phase, "note", async () =>
            {
                await Task.Yield();
                order.Add(phase);
                return Done.Instance;
            });
        }

        await shutdown.Run(CoordinatedShutdown.ClrExitReason.Instance).WaitAsync(Patience);

        Assert.Equal(
            ["before-service-unbind", "service-unbind", "service-requests-done", "service-stop", "before-actor-system-terminate"],
            order);
        Assert.True(system.WhenTerminated.IsCompleted);
        Assert.Same(CoordinatedShutdown.ClrExitReason.Instance, shutdown.ShutdownReason);
    }

    [Fact]
    public async Task Terminating_the_system_runs_the_phases()
    {
        var system = Start();
        var ran = false;
        var shutdown = CoordinatedShutdown.Get(system);
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceStop, "note", () =>
        {
            ran = true;
            return Task.FromResult(Done.Instance);
        });
        await system.Terminate().WaitAsync(Patience);
        Assert.True(ran);
        Assert.Same(CoordinatedShutdown.ActorSystemTerminateReason.Instance, shutdown.ShutdownReason);
    }

    [Fact]
    public async Task It_runs_once_for_the_first_reason()
    {
        var system = Start();
        var runs = 0;
        var shutdown = CoordinatedShutdown.Get(system);
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceStop, "count", () =>
        {
            Interlocked.Increment(ref runs);
            return Task.FromResult(Done.Instance);
        });
        var first = shutdown.Run(new MyReason());
        var second = shutdown.Run(CoordinatedShutdown.UnknownReason.Instance);
        await Task.WhenAll(first, second).WaitAsync(Patience);
        Assert.Equal(1, runs);
        Assert.IsType<MyReason>(shutdown.ShutdownReason);
    }

    [Fact]
    public async Task The_tasks_of_a_phase_run_side_by_side()
    {
        var system = Start();
        var shutdown = CoordinatedShutdown.Get(system);
        var one = new TaskCompletionSource<Done>();
        var two = new TaskCompletionSource<Done>();
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceStop, "one", () =>
        {
            one.SetResult(Done.Instance);
            return two.Task;
        });
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceStop, "two", () =>
        {
            two.SetResult(Done.Instance);
            return one.Task;
        });
        await shutdown.Run(CoordinatedShutdown.ClrExitReason.Instance).WaitAsync(Patience);
    }

    [Fact]
    public async Task A_phase_that_takes_too_long_is_left_behind()
    {
        var system = Start("akka.coordinated-shutdown.phases.service-stop.timeout = 100ms");
        var shutdown = CoordinatedShutdown.Get(system);
        var reached = false;
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceStop, "never", () => new TaskCompletionSource<Done>().Task);
        shutdown.AddTask(CoordinatedShutdown.PhaseBeforeActorSystemTerminate, "later", () =>
        {
            reached = true;
            return Task.FromResult(Done.Instance);
        });
        Assert.Equal(TimeSpan.FromMilliseconds(100), shutdown.Timeout("service-stop"));
        await shutdown.Run(CoordinatedShutdown.ClrExitReason.Instance).WaitAsync(Patience);
        Assert.True(reached);
    }

    [Fact]
    public async Task A_failing_task_does_not_stop_the_rest_when_its_phase_recovers()
    {
        var system = Start();
        var shutdown = CoordinatedShutdown.Get(system);
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceUnbind, "fails", () => throw new InvalidOperationException("bang"));
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceStop, "fails later", () => Task.FromException<Done>(new InvalidOperationException("bang")));
        await shutdown.Run(CoordinatedShutdown.ClrExitReason.Instance).WaitAsync(Patience);
        Assert.True(system.WhenTerminated.IsCompleted);
    }

    [Fact]
    public async Task A_failing_task_ends_the_run_when_its_phase_does_not_recover()
    {
        var system = Start("akka.coordinated-shutdown.phases.service-stop.recover = off");
        var shutdown = CoordinatedShutdown.Get(system);
        var reached = false;
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceStop, "fails", () => Task.FromException<Done>(new InvalidOperationException("bang")));
        shutdown.AddTask(CoordinatedShutdown.PhaseBeforeActorSystemTerminate, "later", () =>
        {
            reached = true;
            return Task.FromResult(Done.Instance);
        });
        await Assert.ThrowsAnyAsync<Exception>(() => shutdown.Run(CoordinatedShutdown.ClrExitReason.Instance).WaitAsync(Patience));
        Assert.False(reached);
        ((ExtendedActorSystem)system).Abort();
        await system.WhenTerminated.WaitAsync(Patience);
    }

    [Fact]
    public async Task A_run_can_begin_at_a_later_phase()
    {
        var system = Start();
        var shutdown = CoordinatedShutdown.Get(system);
        var skipped = true;
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceUnbind, "skipped", () =>
        {
            skipped = false;
            return Task.FromResult(Done.Instance);
        });
        await shutdown.Run(CoordinatedShutdown.ClrExitReason.Instance, CoordinatedShutdown.PhaseServiceStop).WaitAsync(Patience);
        Assert.True(skipped);
    }

    [Fact]
    public async Task A_phase_of_ones_own_runs_where_it_says()
    {
        var system = Start("""
            akka.coordinated-shutdown.phases {
              drain { depends-on = [service-unbind], timeout = 7s }
              service-requests-done.depends-on = [drain]
            }
            """);
        var shutdown = CoordinatedShutdown.Get(system);
        var order = new List<string>();
        foreach (var phase in new[] { "service-requests-done", "drain", "service-unbind" })
        {
            shutdown.AddTask(phase, "note", () =>
            {
                order.Add(phase);
                return Task.FromResult(Done.Instance);
            });
        }

        Assert.Equal(TimeSpan.FromSeconds(7), shutdown.Timeout("drain"));
        await system.Terminate().WaitAsync(Patience);
        Assert.Equal(["service-unbind", "drain", "service-requests-done"], order);
    }

    [Fact]
    public async Task A_task_needs_a_known_phase()
    {
        var system = Start();
        var shutdown = CoordinatedShutdown.Get(system);
        Assert.Throws<ConfigurationException>(() => shutdown.AddTask("no-such-phase", "task", () => Task.FromResult(Done.Instance)));
        await system.Terminate().WaitAsync(Patience);
    }

    private static ActorSystem Start(string config = "") =>
        ActorSystem.Create("shutdown", ConfigurationFactory.ParseString("akka.loglevel = ERROR\nakka.stdout-loglevel = ERROR\n" + config));

    private sealed class MyReason : CoordinatedShutdown.Reason;
}
