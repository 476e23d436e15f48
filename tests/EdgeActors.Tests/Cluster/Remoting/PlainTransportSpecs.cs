using Akka.Actor;
using Akka.Configuration;

namespace EdgeActors.Tests.Cluster.Remoting;

/// <summary>And that others need not be Edge.</summary>
public sealed class PlainTransportSpecs() : NodeTransportSpecs("akka.tcp", null, null)
{
    [Fact]
    public async Task An_actor_system_with_akkas_own_transport_is_understood()
    {
        using var other = ActorSystem.Create("other", ConfigurationFactory.ParseString(
            """
            akka.actor.provider = remote
            akka.remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }
            akka.loglevel = OFF
            akka.coordinated-shutdown.run-by-clr-shutdown-hook = off
            """));
        Assert.Equal("hello", await other.ActorSelection($"{A.Address}/user/echo").Ask<string>("hello", Eventually.Deadline));
        await IsUnharmed();
    }
}
