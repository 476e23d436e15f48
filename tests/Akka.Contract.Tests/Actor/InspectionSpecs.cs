using Akka.Actor;
using Akka.Event;

namespace Akka.Contract.Tests;

/// <summary>What somebody outside can see of live actors, without asking them.</summary>
public class InspectionSpecs : SupervisionSpec
{
    [Fact]
    public void The_cell_behind_a_reference_says_what_it_is_and_how_much_waits_for_it()
    {
        using var begun = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        var busy = Start((_, _) =>
        {
            begun.Set();
            goOn.Wait(Patience);
        });
        busy.Tell("first");
        Assert.True(begun.Wait(Patience));
        for (var i = 0; i < 3; i++)
            busy.Tell(i);
        var cell = Assert.IsAssignableFrom<ActorRefWithCell>(busy).Underlying;
        Assert.Equal(3, cell.NumberOfMessages);
        Assert.True(cell.HasMessages);
        Assert.Equal(typeof(Scripted), cell.Props.Type);
        Assert.Equal(busy, cell.Self);
        goOn.Set();
        AwaitCondition(() => cell.NumberOfMessages == 0, Patience);
        Watch(busy);
        Sys.Stop(busy);
        ExpectTerminated(busy);
    }

    [Fact]
    public void The_tree_can_be_walked_from_the_user_guardian()
    {
        var (boss, child) = Supervise(new OneForOneStrategy(_ => Directive.Stop));
        var user = Assert.IsAssignableFrom<ActorRefWithCell>(((ExtendedActorSystem)Sys).Guardian);
        Assert.Contains(boss, user.Children);
        Assert.Equal([child], ((ActorRefWithCell)boss).Children);
    }

    [Theory]
    [InlineData(Directive.Restart, typeof(Error))]
    [InlineData(Directive.Resume, typeof(Warning))]
    public void A_supervisor_reports_each_failure_on_the_event_stream_with_its_own_class_and_the_childs_path(Directive directive, Type kind)
    {
        var reports = CreateTestProbe();
        Sys.EventStream.Subscribe(reports.Ref, kind);
        var (_, child) = Supervise(new OneForOneStrategy(_ => directive));
        child.Tell(Bang());
        var report = reports.ExpectMsg<LogEvent>();
        Assert.True(typeof(SupervisorStrategy).IsAssignableFrom(report.LogClass), report.LogClass.ToString());
        Assert.Equal(child.Path.ToString(), report.LogSource);
    }
}
