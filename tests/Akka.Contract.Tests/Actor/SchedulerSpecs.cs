using System.Diagnostics;
using Akka.Actor;

namespace Akka.Contract.Tests;

public class SchedulerSpecs : ContractSpec
{
    [Fact]
    public void A_tell_comes_once_and_not_early()
    {
        var start = Stopwatch.GetTimestamp();
        Sys.Scheduler.ScheduleTellOnce(TimeSpan.FromMilliseconds(100), TestActor, "now", TestActor);
        ExpectMsg("now");
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalMilliseconds, 80, 10_000);
        ExpectNoMsg(Silence);
    }

    [Fact]
    public void Tells_come_in_the_order_they_are_due()
    {
        // A pause of this thread between two of them only moves the later one further away.
        Sys.Scheduler.ScheduleTellOnce(TimeSpan.FromSeconds(4), TestActor, 10, TestActor);
        for (var i = 0; i < 10; i++)
            Sys.Scheduler.ScheduleTellOnce(TimeSpan.FromMilliseconds(50 + (40 * i)), TestActor, i, TestActor);
        for (var i = 0; i <= 10; i++)
            ExpectMsg(i);
    }

    [Fact]
    public void A_cancelled_tell_does_not_come()
    {
        var timer = Sys.Scheduler.ScheduleTellOnceCancelable(TimeSpan.FromMilliseconds(50), TestActor, "now", TestActor);
        timer.Cancel();
        Assert.True(timer.IsCancellationRequested);
        ExpectNoMsg(Silence);
    }

    [Fact]
    public void A_repeated_tell_comes_until_it_is_cancelled()
    {
        var timer = Sys.Scheduler.ScheduleTellRepeatedlyCancelable(10, 20, TestActor, "tick", TestActor);
        for (var i = 0; i < 5; i++)
            ExpectMsg("tick");
        timer.Cancel();
        ReceiveWhile<string>(TimeSpan.FromMilliseconds(100), m => (m as string)!);
        ExpectNoMsg(Silence);
    }

    [Fact]
    public void A_cancelable_of_ones_own_ends_a_tell()
    {
        using var cancelable = new Cancelable(Sys.Scheduler);
        Sys.Scheduler.ScheduleTellOnce(TimeSpan.FromMilliseconds(50), TestActor, "now", TestActor, cancelable);
        cancelable.Cancel();
        ExpectNoMsg(Silence);
    }

    [Fact]
    public void Code_runs_later_once_or_repeatedly()
    {
        Sys.Scheduler.Advanced.ScheduleOnce(TimeSpan.FromMilliseconds(20), () => TestActor.Tell("once", ActorRefs.NoSender));
        ExpectMsg("once");
        var timer = Sys.Scheduler.Advanced.ScheduleRepeatedlyCancelable(TimeSpan.Zero, TimeSpan.FromMilliseconds(20), () => TestActor.Tell("again", ActorRefs.NoSender));
        ExpectMsg("again");
        ExpectMsg("again");
        timer.Cancel();
    }

    [Fact]
    public void Far_timers_do_not_hold_back_near_ones()
    {
        for (var i = 0; i < 1000; i++)
            Sys.Scheduler.ScheduleTellOnceCancelable(TimeSpan.FromSeconds(20 + i), TestActor, "far", TestActor);
        Sys.Scheduler.ScheduleTellOnce(TimeSpan.FromMilliseconds(30), TestActor, "near", TestActor);
        ExpectMsg("near");
        ExpectNoMsg(Silence);
    }

    [Fact]
    public void A_negative_delay_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Sys.Scheduler.ScheduleTellOnce(TimeSpan.FromMilliseconds(-5), TestActor, "never", TestActor));
}
