using Akka.TestKit.Xunit;

namespace EdgeActors.Tests;

/// <summary>An actor system for one spec.</summary>
public abstract class EdgeTestKit : TestKit
{
    /// <summary>Akka's own method looks ten times until the deadline, which is every three seconds here.</summary>
    protected void AwaitCondition(Func<bool> condition, TimeSpan deadline) => AwaitCondition(condition, deadline, TimeSpan.FromMilliseconds(5));
}
