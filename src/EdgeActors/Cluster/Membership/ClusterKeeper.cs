using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Cluster.Sharding;
using Akka.Configuration;
using EdgeActors.Admit;
using EdgeActors.Cluster.Remoting;
using EdgeActors.Config;
using EdgeActors.Route;
using EdgeActors.Telemetry;

namespace EdgeActors.Cluster.Membership;

/// <summary>
/// Keeps an actor system in the cluster, of its own beside the node's: when one has ended, for whatever reason, the next one begins after a
/// while, with another identity. The node asks by way of <see cref="ClusterGate"/> and never waits for any of it.
/// </summary>
public sealed class ClusterKeeper : IAsyncDisposable
{
    private const string RegionName = "rate-limits";

    /// <summary>For shards to move and the others to be told.</summary>
    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    /// <summary>What a node would say every other second for as long as the other one is away; that it looks for it, or cannot reach it, it says once.</summary>
    private static readonly string[] Noise = ["Tried to associate with unreachable remote address", "Couldn't join seed nodes"];

    private readonly EdgeSettings _settings;
    private readonly ClusterGate _gate;
    private readonly RateLimits _limits;
    private readonly IHostResolver _resolver;
    private readonly EdgeLog _log;
    private readonly TimeProvider _time;
    private readonly Action<ActorSystem>? _begun;
    private readonly ClusterHistory _history = new();
    private readonly Lock _lock = new();
    private CancellationTokenSource _ending = new();
    private Task _running;
    private volatile Stay? _stay;

    internal ClusterKeeper(EdgeSettings settings, ClusterGate gate, RateLimits limits, IHostResolver resolver, EdgeLog log, TimeProvider time, Action<ActorSystem>? begun = null)
    {
        (_settings, _gate, _limits, _resolver, _log, _time, _begun) = (settings, gate, limits, resolver, log, time, begun);
        _running = Begin();
    }

    /// <summary>Hands the shards over, leaves, and stays out until <see cref="Join"/>.</summary>
    public async Task Leave()
    {
        Task running;
        CancellationTokenSource ending;
        lock (_lock)
            (running, ending) = (_running, _ending);
        await ending.CancelAsync().ConfigureAwait(false);
        await running.ConfigureAwait(false);
    }

    /// <summary>Joins again, if it has left.</summary>
    public void Join()
    {
        lock (_lock)
        {
            if (!_ending.IsCancellationRequested)
                return;
            _ending = new CancellationTokenSource();
            // A leave that still goes on has its time first.
            _running = _running.ContinueWith(_ => Begin(), TaskScheduler.Default).Unwrap();
        }
    }

    /// <summary>Ends the cluster's actor system; another one joins.</summary>
    /// <param name="now">Without leaving first, as after a crash.</param>
    public void Restart(bool now) => _stay?.End(now ? "restarted by order, at once" : "restarted by order", now);

    public async ValueTask DisposeAsync() => await Leave().ConfigureAwait(false);

    private Task Begin()
    {
        var ending = _ending.Token;
        return Task.Run(() => Run(ending));
    }

    private async Task Run(CancellationToken ending)
    {
        var pause = ShortestPause;
        while (!ending.IsCancellationRequested)
        {
            var began = _time.GetTimestamp();
            await StayFor(ending).ConfigureAwait(false);
            _gate.Desk = null;
            _gate.Picture = _gate.Picture with { State = ClusterState.Waiting, Members = [], ShardsHere = 0, LastEnd = _history.LastEnd };
            pause = _time.GetElapsedTime(began) > LongestPause ? ShortestPause : TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
            await Task.Delay(pause, _time, ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        _gate.Picture = ClusterPicture.Off with { LastEnd = _history.LastEnd };
    }

    /// <summary>One actor system, from its beginning to its end.</summary>
    private async Task StayFor(CancellationToken ending)
    {
        _history.Incarnation++;
        ActorSystem system;
        try
        {
            system = Create();
        }
        catch (Exception e)
        {
            // The address is not there (yet), or the last system has not let go of it.
            _history.LastEnd = $"could not start: {e.GetBaseException().Message}";
            _log.Error($"cluster: cannot listen on {NodeAddress.Of(_settings.Cluster.Bind)}: {e.GetBaseException().Message}");
            return;
        }
        var stay = new Stay(system);
        _stay = stay;
        try
        {
            Start(system, reason => stay.End(reason, now: false));
            _begun?.Invoke(system);
            using (ending.Register(() => stay.End("this node leaves", now: false)))
                await stay.Ended.ConfigureAwait(false);
        }
        catch (Exception e)
        {
            stay.End(e.Message, now: true);
        }
        await stay.Finish(LeaveTimeout, EndTimeout, _log).ConfigureAwait(false);
        _stay = null;
        _history.LastEnd = stay.Reason;
        _log.Info($"cluster: {stay.Reason}");
    }

    private ActorSystem Create()
    {
        var hocon = ConfigurationFactory.ParseString(_settings.AkkaHocon)
            .WithFallback(ConfigurationFactory.ParseString(NodeRemoting.Hocon(_settings.Cluster.Tls, _settings.Cluster.Bind)))
            .WithFallback(ConfigurationFactory.ParseString(ClusterHocon.Of(_settings.Cluster)))
            .WithFallback(ConfigurationFactory.ParseString(_settings.Control.PbmOfCluster is { } pbm ? $"petabridge.cmd {{ host = \"{pbm.Address}\", port = {pbm.Port} }}" : ""))
            .WithFallback(ConfigurationFactory.ParseString(AkkaLog.Hocon(LogThreshold.Warning)));
        return ActorSystem.Create(ClusterHocon.SystemName, BootstrapSetup.Create().WithConfig(hocon).And(new AkkaLogSetup(_log, Noise)));
    }

    private void Start(ActorSystem system, Action<string> giveWay)
    {
        var tables = new SharedTables(_limits, _time);
        var region = ClusterSharding.Get(system).Start(
            RegionName,
            id => SharedRateActor.Props(int.Parse(id, System.Globalization.CultureInfo.InvariantCulture), tables, hot => TellOthers(system, hot)),
            ClusterShardingSettings.Create(system),
            new ShardExtractor(),
            ClusterSharding.Get(system).DefaultShardAllocationStrategy(ClusterShardingSettings.Create(system)),
            HandOver.Instance);
        var desk = system.ActorOf(RateDeskActor.Props(region, _gate, tables, _settings.AdmissionTimeout), RateDeskActor.Name);
        if (_gate.Node is { } node)
            system.ActorOf(PeersActor.Props(_gate, node), PeersActor.Name);
        system.ActorOf(MembersActor.Props(new MembershipServices(_settings.Cluster, _gate, tables, desk, _history, _resolver, _log, _time, giveWay)), MembersActor.Name);
    }

    /// <summary>Not by way of the region: that would deliver it behind the first questions of another node.</summary>
    private static void TellOthers(ActorSystem system, HotRates hot)
    {
        var cluster = Akka.Cluster.Cluster.Get(system);
        foreach (var member in cluster.State.Members)
        {
            if (member.Address != cluster.SelfAddress)
                system.ActorSelection(new RootActorPath(member.Address) / "user" / RateDeskActor.Name).Tell(hot, ActorRefs.NoSender);
        }
    }
}
