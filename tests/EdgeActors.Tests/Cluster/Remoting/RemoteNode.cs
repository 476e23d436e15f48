using System.Net;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Remote;
using EdgeActors.Cluster.Remoting;
using EdgeActors.Config;
using EdgeActors.Telemetry;

namespace EdgeActors.Tests.Cluster.Remoting;

/// <summary>An actor system that is reached by the transport under test, on a port of the kernel's choice.</summary>
internal sealed class RemoteNode : IAsyncDisposable
{
    private readonly EdgeLog _log = new(new LogSettings(true, 10_000, LogThreshold.Info), Stream.Null, TimeProvider.System);
    private readonly List<string> _lines = [];
    private readonly IDisposable _watching;
    private int _cuts;

    public RemoteNode(ClusterTlsSettings? tls, NodeTransportLimits? limits = null, IPEndPoint? bind = null)
    {
        _watching = _log.Subscribe(entry =>
        {
            lock (_lines)
                _lines.Add(entry.Text ?? "");
        });
        var config = ConfigurationFactory.ParseString(NodeRemoting.Hocon(tls, bind ?? new IPEndPoint(IPAddress.Loopback, 0), limits))
            .WithFallback(ConfigurationFactory.ParseString(AkkaLog.Hocon(LogThreshold.Info)))
            .WithFallback(ConfigurationFactory.ParseString(
                """
                akka.actor.provider = remote
                akka.remote.retry-gate-closed-for = 50ms
                akka.coordinated-shutdown.run-by-clr-shutdown-hook = off
                """));
        System = ActorSystem.Create("edge", ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(config), new AkkaLogSetup(_log)));
        System.ActorOf(Props.Create(() => new Echo()), "echo");
        Received = [];
        System.ActorOf(Props.Create(() => new Collector(Received)), "collector");
        var cuts = System.ActorOf(Props.Create(() => new Counter(() => Interlocked.Increment(ref _cuts))));
        System.EventStream.Subscribe(cuts, typeof(DisassociatedEvent));
    }

    public ActorSystem System { get; }

    /// <summary>By the actor "collector".</summary>
    public List<object> Received { get; }

    public Address Address => ((ExtendedActorSystem)System).Provider.DefaultAddress;

    public IPEndPoint EndPoint => new(IPAddress.Parse(Address.Host!), Address.Port!.Value);

    /// <summary>Associations that ended.</summary>
    public int Cuts => Volatile.Read(ref _cuts);

    public bool HasLogged(string part)
    {
        lock (_lines)
            return _lines.Exists(line => line.Contains(part, StringComparison.Ordinal));
    }

    public string Log()
    {
        lock (_lines)
            return string.Join('\n', _lines);
    }

    public Task<string> Ask(RemoteNode other, string text, TimeSpan? timeout = null) =>
        System.ActorSelection($"{other.Address}/user/echo").Ask<string>(text, timeout ?? Eventually.Deadline);

    public void Tell(RemoteNode other, object message) => System.ActorSelection($"{other.Address}/user/collector").Tell(message);

    public async ValueTask DisposeAsync()
    {
        await System.Terminate();
        _watching.Dispose();
        await _log.DisposeAsync();
    }

    private sealed class Echo : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell(message);
    }

    private sealed class Collector(List<object> received) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            lock (received)
                received.Add(message);
        }
    }

    private sealed class Counter(Action count) : UntypedActor
    {
        protected override void OnReceive(object message) => count();
    }
}
