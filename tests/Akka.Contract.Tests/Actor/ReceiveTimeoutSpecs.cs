using Akka.Actor;

namespace Akka.Contract.Tests;

public class ReceiveTimeoutSpecs : ContractSpec
{
    [Fact]
    public void It_comes_after_a_time_without_messages_and_again_until_it_is_turned_off()
    {
        var count = 0;
        var actor = Start((c, m) =>
        {
            if (m is not ReceiveTimeout)
            {
                c.SetReceiveTimeout(TimeSpan.FromMilliseconds(50));
                return;
            }

            TestActor.Tell(m);
            if (++count == 2)
                c.SetReceiveTimeout(null);
        });
        actor.Tell("start");
        ExpectMsg<ReceiveTimeout>();
        ExpectMsg<ReceiveTimeout>();
        ExpectNoMsg(Silence);
    }

    [Fact]
    public void Messages_put_it_off()
    {
        var timedOut = false;
        var actor = Start((c, m) =>
        {
            if (m is "start")
                c.SetReceiveTimeout(TimeSpan.FromSeconds(5));
            timedOut |= m is ReceiveTimeout;
            if (m is ReceiveTimeout)
                TestActor.Tell("timeout");
            else
                c.Sender.Tell(m);
        });
        actor.Tell("start");
        ExpectMsg("start");
        for (var i = 0; i < 8; i++)
        {
            ExpectNoMsg(TimeSpan.FromMilliseconds(750));
            actor.Tell(i);
            ExpectMsg(i);
        }

        Assert.False(timedOut);
        ExpectMsg("timeout", TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void Messages_that_do_not_influence_it_do_not()
    {
        var actor = Start((c, m) =>
        {
            switch (m)
            {
                case "start":
                    c.SetReceiveTimeout(TimeSpan.FromMilliseconds(300));
                    break;
                case ReceiveTimeout:
                    TestActor.Tell("timeout");
                    c.SetReceiveTimeout(null);
                    break;
            }
        });
        using var timer = new Cancelable(Sys.Scheduler);
        Sys.Scheduler.ScheduleTellRepeatedly(TimeSpan.Zero, TimeSpan.FromMilliseconds(50), actor, new Quiet(), ActorRefs.NoSender, timer);
        actor.Tell("start");
        ExpectMsg("timeout");
        timer.Cancel();
    }

    private sealed class Quiet : INotInfluenceReceiveTimeout;
}
