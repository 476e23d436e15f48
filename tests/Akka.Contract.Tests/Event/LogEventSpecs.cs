using Akka.Actor;
using Akka.Event;

namespace Akka.Contract.Tests;

public class LogEventSpecs() : ContractSpec("akka.loglevel = INFO")
{
    [Fact]
    public void An_entry_carries_level_text_cause_and_source()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(LogEvent));
        var cause = Bang();
        var actor = Start((c, _) => c.GetLogger().Error(cause, "failed {0} of {1}", 3, "many"), "loud");
        actor.Tell("go");
        var entry = ExpectMsg<Error>();
        Assert.Equal(LogLevel.ErrorLevel, entry.LogLevel());
        Assert.Equal("failed 3 of many", entry.Message.ToString());
        Assert.Same(cause, entry.Cause);
        Assert.Contains("/user/loud", entry.LogSource, StringComparison.Ordinal);
        Assert.Contains("failed 3 of many", entry.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_level_below_the_configured_one_is_not_published()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(LogEvent));
        var log = Logging.GetLogger(Sys, "test");
        Assert.False(log.IsDebugEnabled);
        Assert.True(log.IsInfoEnabled);
        log.Debug("quiet");
        log.Info("loud {0}", 1);
        Assert.Equal("loud 1", ExpectMsg<Info>().Message.ToString());
    }

    [Fact]
    public void Each_level_has_its_class()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(LogEvent));
        var log = Logging.GetLogger(Sys, this);
        log.Info("i");
        log.Warning("w");
        log.Error("e");
        ExpectMsg<Info>();
        ExpectMsg<Warning>();
        ExpectMsg<Error>();
    }

    [Fact]
    public void A_text_without_arguments_is_taken_as_it_is()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(Info));
        Logging.GetLogger(Sys, "test").Info("{ not a hole");
        Assert.Equal("{ not a hole", ExpectMsg<Info>().Message.ToString());
    }
}
