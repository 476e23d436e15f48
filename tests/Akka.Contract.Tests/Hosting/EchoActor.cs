using Akka.Actor;

namespace Akka.Contract.Tests.Hosting;

internal sealed class EchoActor : UntypedActor
{
    protected override void OnReceive(object message) => Sender.Tell(message);
}
