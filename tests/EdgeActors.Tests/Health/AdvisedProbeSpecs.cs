using System.Text;
using EdgeActors.Health;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Health;

/// <summary>A probe in a node that hears of other nodes.</summary>
public sealed class AdvisedProbeSpecs : EdgeTestKit
{
    private static readonly TimeSpan Soon = Eventually.Deadline;

    private readonly PeerHealth _peers = new(TimeSpan.FromHours(1), TimeProvider.System);

    private sealed class Refusing : IServerCheck
    {
        public Task<CheckOutcome> Run(BackendSettings backend, ServerModel server) =>
            Task.FromResult(CheckOutcome.NotConnected(CloseReason.ConnectRefused));
    }

    [Fact]
    public async Task One_failed_check_is_enough_where_others_see_the_server_down_and_the_log_says_so()
    {
        var output = new MemoryStream();
        var log = new EdgeLog(new LogSettings(false, 1024, LogThreshold.Info), output, TimeProvider.System);
        var backend = TestSettings.Backend() with { Health = TestSettings.Health(TimeSpan.FromMilliseconds(10), fall: 1000) };
        var server = backend.ToPool().Servers[0];
        server.State.Health = ServerHealth.Known(backend.Health, up: true);
        _peers.Apply(new PeerReport("b", [new ServerEvidence("web", "s0", TestSettings.Server(0).ToString(), false, null, 1)]));
        var services = new HealthServices(
            new Refusing(), TestActor, log, static _ => 0, TimeProvider.System) { Peers = new PeerAdvice(_peers, shortensFall: true) };
        var probe = Sys.ActorOf(HealthProbeActor.Props(backend, server, services));
        Assert.Equal(new SetServerHealth("web", server.State, false), ExpectMsg<SetServerHealth>(Soon));
        Sys.Stop(Watch(probe));
        ExpectTerminated(probe, Soon);
        await log.DisposeAsync();
        Assert.Contains(
            "server web/s0 (198.51.100.1:9000) is DOWN: L4CON refused (and so other nodes see it)",
            Encoding.UTF8.GetString(output.ToArray()));
    }
}
