using Akka.Actor;
using Akka.Configuration;

namespace Akka.Contract.Tests;

public class ActorSystemSpecs : ContractSpec
{
    [Fact]
    public async Task Terminate_stops_every_actor_and_then_the_system()
    {
        using var system = ActorSystem.Create("ending");
        var stopped = 0;
        Action count = () => Interlocked.Increment(ref stopped);
        for (var i = 0; i < 100; i++)
            system.ActorOf(Props.Create(() => new CountsItsEnd(count)));
        await system.Terminate().WaitAsync(Patience);
        Assert.True(system.WhenTerminated.IsCompletedSuccessfully);
        Assert.Equal(100, stopped);
    }

    [Fact]
    public async Task Termination_callbacks_run_when_the_actors_are_gone_the_last_one_first()
    {
        using var system = ActorSystem.Create("ending");
        var order = new List<string>();
        Action note = () => order.Add("actor");
        system.ActorOf(Props.Create(() => new CountsItsEnd(note)));
        system.RegisterOnTermination(() => order.Add("first"));
        system.RegisterOnTermination(() => order.Add("second"));
        await system.Terminate().WaitAsync(Patience);
        Assert.Equal(["actor", "second", "first"], order);
    }

    [Fact]
    public async Task No_actor_is_started_on_a_terminated_system()
    {
        using var system = ActorSystem.Create("ending");
        await system.Terminate().WaitAsync(Patience);
        Assert.ThrowsAny<Exception>(() => system.ActorOf(Scripted.Props((_, _) => { })));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-a")]
    [InlineData("a b")]
    [InlineData("ä")]
    public void A_name_that_no_system_may_have_is_refused(string name) => Assert.ThrowsAny<ArgumentException>(() => ActorSystem.Create(name));

    [Fact]
    public void The_configuration_is_there_with_its_defaults()
    {
        using var system = ActorSystem.Create("configured", ConfigurationFactory.ParseString("my.key = 5"));
        Assert.Equal(5, system.Settings.Config.GetInt("my.key"));
        Assert.Equal(5, system.Settings.Config.GetTimeSpan("akka.coordinated-shutdown.default-phase-timeout").TotalSeconds);
        Assert.Equal("configured", system.Name);
    }

    [Fact]
    public void An_extension_is_made_once()
    {
        var made = Enumerable.Range(0, 8).AsParallel().WithDegreeOfParallelism(8).Select(_ => Sys.WithExtension<Counter, CounterId>()).Distinct().ToList();
        Assert.Single(made);
        Assert.Same(made[0], Sys.GetExtension<Counter>());
        Assert.True(Sys.HasExtension<Counter>());
        Assert.True(Sys.TryGetExtension<Counter>(out var found));
        Assert.Same(made[0], found);
    }

    [Fact]
    public void System_actors_live_beside_the_users()
    {
        var actor = ((ExtendedActorSystem)Sys).SystemActorOf(Scripted.Props((c, m) => c.Sender.Tell(m)), "mine");
        Assert.Equal("akka://test/system/mine", actor.Path.ToString());
        actor.Tell("hello");
        ExpectMsg("hello");
    }

    private sealed class CountsItsEnd(Action end) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
        }

        protected override void PostStop() => end();
    }

    private sealed class Counter : IExtension;

    private sealed class CounterId : ExtensionIdProvider<Counter>
    {
        public override Counter CreateExtension(ExtendedActorSystem system) => new();
    }
}
