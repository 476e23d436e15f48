using System.Net;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using EdgeActors.Cluster.Membership;
using EdgeActors.Cluster.Tls;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Tests.Cluster.Tls;
using EdgeActors.Tls;

namespace EdgeActors.Tests.Cluster;

/// <summary>An actor system with the cluster's remoting, on a port of the kernel's choice.</summary>
internal sealed class RemoteNode : IAsyncDisposable
{
    private readonly EdgeLog _log = new(new LogSettings(true, 10_000, LogThreshold.Info), Stream.Null, TimeProvider.System);
    private readonly List<string> _lines = [];
    private readonly IDisposable _watching;

    public RemoteNode(ClusterTlsSettings? files)
    {
        _watching = _log.Subscribe(entry =>
        {
            lock (_lines)
                _lines.Add(entry.Text ?? "");
        });
        var settings = new EdgeActors.Settings.ClusterSettings(
            Enabled: true, "node", new IPEndPoint(IPAddress.Loopback, 0), Seeds: [], StableAfter: TimeSpan.FromSeconds(5), files);
        var hocon = ConfigurationFactory.ParseString("akka.actor.provider = remote")
            .WithFallback(ConfigurationFactory.ParseString(ClusterHocon.Of(settings)))
            .WithFallback(ConfigurationFactory.ParseString(AkkaLog.Hocon(LogThreshold.Info)));
        var setup = BootstrapSetup.Create().WithConfig(hocon).And(new AkkaLogSetup(_log));
        System = ActorSystem.Create(
            "edge", files is null ? setup : setup.And(ClusterTls.Setup(TlsIdentity.Load(files, TestAuthority.Now), TimeProvider.System)));
        ClusterTls.SurviveFailedHandshakes(System);
        System.ActorOf(Props.Create(() => new Echo()), "echo");
    }

    public ActorSystem System { get; }

    public Address Address => ((ExtendedActorSystem)System).Provider.DefaultAddress;

    public Task HasLogged(string part) =>
        Eventually.True(
            () => Task.FromResult(Log().Contains(part, StringComparison.Ordinal)), () => $"{part} in:\n{Log()}", Eventually.Deadline);

    public string Log()
    {
        lock (_lines)
            return string.Join('\n', _lines);
    }

    public Task<string> Ask(RemoteNode other, string text) =>
        System.ActorSelection($"{other.Address}/user/echo").Ask<string>(text, Eventually.Deadline);

    public async ValueTask DisposeAsync()
    {
        ((ExtendedActorSystem)System).Abort();
        await System.WhenTerminated;
        _watching.Dispose();
        await _log.DisposeAsync();
    }

    private sealed class Echo : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell(message);
    }
}
