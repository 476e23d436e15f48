using System.Net;
using Akka.Actor;
using Akka.Event;
using EdgeActors.Config;
using EdgeActors.Preface;
using EdgeActors.Route;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Health;

/// <summary>What a probe needs of its node.</summary>
public sealed record HealthServices(ITransport Transport, IActorRef Router, EdgeLog Log);

/// <summary>One server under check. Its <see cref="HealthState"/> outlives the probe, so a restart forgets nothing that was learnt.</summary>
public sealed record ProbeTarget(string Backend, BackendServer Server, HealthSettings Settings, HealthState State, IPAddress? Source = null);

/// <summary>
/// Checks one server: connects, says LOCAL where the server expects a PROXY header, closes; every interval, and one check at a
/// time. The router is told of changes only.
/// </summary>
public sealed class HealthProbeActor(ProbeTarget target, HealthServices services) : UntypedActor, IWithTimers
{
    private static readonly TimeSpan MaxJitter = TimeSpan.FromMilliseconds(500);
    private static readonly byte[] Local = NewLocal();

    private bool _checking;

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(ProbeTarget target, HealthServices services) =>
        Akka.Actor.Props.Create(() => new HealthProbeActor(target, services));

    /// <summary>The first check comes soon, yet not all servers' at the same moment.</summary>
    protected override void PreStart()
    {
        var jitter = Math.Min(MaxJitter.TotalMilliseconds, target.Settings.Interval.TotalMilliseconds) * Random.Shared.NextDouble();
        Timers.StartPeriodicTimer(nameof(Check), Check.Instance, TimeSpan.FromMilliseconds(jitter), target.Settings.Interval);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Check when !_checking:
                _checking = true;
                services.Transport
                    .Probe(target.Server.EndPoint, target.Settings.SendProxy ? Local : default(ReadOnlyMemory<byte>), target.Settings.Timeout, target.Source)
                    .PipeTo(Self, success: static failure => new Checked(failure), failure: static _ => new Checked(ConnectFailure.LocalResource));
                break;
            case Check:
                break;
            case Checked done:
                _checking = false;
                Learn(done.Failure);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private static byte[] NewLocal()
    {
        var header = new byte[ProxyHeaderV2.FixedLength];
        ProxyHeaderV2.WriteLocal(header);
        return header;
    }

    private void Learn(ConnectFailure? failure)
    {
        var change = failure is null ? target.State.Succeeded() : target.State.Failed(failure.Value.ToString());
        if (change == HealthChange.None)
            return;
        var up = change == HealthChange.Up;
        services.Router.Tell(new ServerHealth(target.Backend, target.Server.Index, up), Self);
        var name = $"server {target.Backend}/{target.Server.Name} ({target.Server.EndPoint})";
        if (up)
            services.Log.Info($"{name} is UP after {target.Settings.Rise} good checks");
        else
            services.Log.Warning($"{name} is DOWN, last check: {failure}");
    }

    private sealed class Check : INotInfluenceReceiveTimeout
    {
        public static readonly Check Instance = new();
    }

    private sealed record Checked(ConnectFailure? Failure) : IDeadLetterSuppression;
}
