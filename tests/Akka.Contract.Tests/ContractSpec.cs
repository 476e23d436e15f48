using Akka.Actor;

namespace Akka.Contract.Tests;

/// <summary>An actor system with deadlines for a busy machine, and helpers that the specs of actors share.</summary>
public abstract class ContractSpec(string config = "") : Akka.TestKit.Xunit2.TestKit(Defaults + config)
{
    private const string Defaults = """
        akka.loglevel = WARNING
        akka.log-dead-letters = off
        akka.test.single-expect-default = 10s
        akka.test.filter-leeway = 10s

        """;

    /// <summary>How long a test listens for what must not come.</summary>
    protected static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(150);

    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>An actor that does what the function says.</summary>
    protected IActorRef Start(Action<IActorContext, object> onReceive, string? name = null) => Sys.ActorOf(Scripted.Props(onReceive), name!);

    protected static Exception Bang(string text = "bang") => new InvalidOperationException(text);
}
