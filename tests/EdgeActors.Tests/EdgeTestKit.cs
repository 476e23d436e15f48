using Akka.TestKit;
using Akka.TestKit.Xunit;

namespace EdgeActors.Tests;

/// <summary>An actor system for one spec.</summary>
public abstract class EdgeTestKit(string hocon = "") : TestKit(hocon)
{
    /// <summary>For a system whose timers fire while the spec moves its time.</summary>
    protected const string VirtualTimers = "akka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"";

    /// <summary>Of a system with <see cref="VirtualTimers"/>.</summary>
    protected TestScheduler Scheduler => (TestScheduler)Sys.Scheduler;

    /// <summary>Akka's own method looks ten times until the deadline, which is every three seconds here.</summary>
    protected void AwaitCondition(Func<bool> condition, TimeSpan deadline) =>
        AwaitCondition(condition, deadline, TimeSpan.FromMilliseconds(5));
}
