using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Cluster.Sharding;
using Akka.Configuration;
using EdgeActors.Admission;
using EdgeActors.Cluster.Tls;
using EdgeActors.Health;
using EdgeActors.Listening;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Tls;
using EdgeActors.Transport;

namespace EdgeActors.Cluster.Membership;

/// <summary>Keeps an actor system in the cluster, separate from the node's own. When it ends, the next one starts after a pause with a new
/// identity. The node never waits for it.</summary>
public sealed class ClusterSupervisor : IAsyncDisposable
{
    private const string RegionName = "rate-limits";

    /// <summary>Time for shards to move and other nodes to be notified.</summary>
    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(15);

    /// <summary>How soon renewed files are noticed.</summary>
    private static readonly TimeSpan CertificateCheck = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    /// <summary>For a previous process to hand over and leave.</summary>
    private static readonly TimeSpan ReplaceTimeout = TimeSpan.FromMinutes(1);

    /// <summary>The first two are logged every other second while another node is away; Edge logs it once by itself. The third reports a
    /// closed connection as an error, even if the other node left as planned; Akka.Remote also logs a warning if it did not.</summary>
    private static readonly string[] Noise =
    [
        "Tried to associate with unreachable remote address", "Couldn't join seed nodes",
        "Disassociated: Akka.Remote.EndpointDisassociatedException",
    ];

    /// <summary>Logged for each connection of a foreign client or of a node of another authority.</summary>
    private static readonly string[] Rare =
        ["was not let in", "TLS handshake failed", "TLS exception", "Rejected incoming connection", "Mutual TLS required"];

    private readonly EdgeSettings _settings;
    private readonly ClusterGateway _gateway;
    private readonly RateLimits _limits;
    private readonly IHostResolver _resolver;
    private readonly EdgeLog _log;
    private readonly TimeProvider _time;
    private readonly Action<ActorSystem>? _begun;
    private readonly bool _replaces;
    private readonly long _startedAt;
    private readonly ClusterHistory _history = new();
    private readonly Lock _lock = new();
    private CancellationTokenSource _ending = new();
    private TlsIdentityFiles? _identityFiles;
    private TlsIdentity? _identity;
    private DateTimeOffset? _warnedOf;
    private Task _running;
    private volatile ClusterSession? _session;
    private bool _waits;

    /// <param name="replaces">This process takes over from a previous one, whose cluster system may hold the address for a while.</param>
    internal ClusterSupervisor(
        EdgeSettings settings, ClusterGateway gateway, RateLimits limits, IHostResolver resolver, EdgeLog log, TimeProvider time,
        Action<ActorSystem>? begun = null, bool replaces = false)
    {
        (_settings, _gateway, _limits, _resolver, _log, _time, _begun) = (settings, gateway, limits, resolver, log, time, begun);
        (_replaces, _startedAt) = (replaces, time.GetTimestamp());
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
    public void Restart(bool now) => _session?.End(now ? "restarted by order, at once" : "restarted by order", now);

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
            await RunSession(ending).ConfigureAwait(false);
            _gateway.RateProxy = null;
            _gateway.Picture = ClusterPicture.Off with
            {
                State = ClusterState.Waiting, Incarnation = _gateway.Picture.Incarnation, LastEnd = _history.LastEnd,
            };
            var longer = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            pause = _waits || _time.GetElapsedTime(began) > LongestPause ? ShortestPause : longer;
            await Task.Delay(pause, _time, ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        _gateway.Picture = ClusterPicture.Off with { LastEnd = _history.LastEnd };
    }

    /// <summary>One actor system, from its beginning to its end.</summary>
    private async Task RunSession(CancellationToken ending)
    {
        ActorSystem system;
        try
        {
            EnsureFree(_settings.Cluster.Bind);
            system = Create();
        }
        catch (Exception e)
        {
            // The address does not exist yet, or the previous system still holds it.
            var cause = e.GetBaseException();
            if (Waits(cause))
                return;
            var why = cause is SocketException { SocketErrorCode: var error }
                ? BindErrors.Explain("cluster", new BindSettings(_settings.Cluster.Bind, DualMode: false), error)
                : cause.Message;
            _history.LastEnd = $"could not start: {why}";
            _log.Error($"cluster: cannot listen on {NodeAddress.Of(_settings.Cluster.Bind)}: {why}");
            return;
        }
        _waits = false;
        _history.Incarnation++;
        var session = new ClusterSession(system);
        _session = session;
        try
        {
            Start(system, reason => session.End(reason, now: false));
            _begun?.Invoke(system);
            using var renewals = _time.CreateTimer(_ => RestartOnRenewal(session), null, CertificateCheck, CertificateCheck);
            using (ending.Register(() => session.End("this node leaves", now: false)))
                await session.Ended.ConfigureAwait(false);
        }
        catch (Exception e)
        {
            session.End(e.Message, now: true);
        }
        await session.Finish(LeaveTimeout, EndTimeout, _log).ConfigureAwait(false);
        _session = null;
        _history.LastEnd = session.Reason;
        _log.Info($"cluster: {session.Reason}");
    }

    /// <summary>Whether the previous process still has the address.</summary>
    private bool Waits(Exception cause)
    {
        var before = _waits;
        _waits = _replaces && cause is SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse }
            && _time.GetElapsedTime(_startedAt) < ReplaceTimeout;
        if (_waits && !before)
            _log.Info("cluster: waits until the process before this one has left");
        return _waits;
    }

    /// <summary>Akka.Remote listens with SO_REUSEPORT: two processes of a user could share the port and get each other's messages.</summary>
    private static void EnsureFree(IPEndPoint address)
    {
        using var probe = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        // Past connections in TIME_WAIT do not count. The framework's own option would share the port, too.
        if (OperatingSystem.IsLinux())
            probe.SetRawSocketOption(Native.SolSocket, Native.SoReuseAddr, BitConverter.GetBytes(1));
        probe.Bind(address);
    }

    private ActorSystem Create()
    {
        var hocon = ConfigurationFactory.ParseString(_settings.AkkaHocon)
            .WithFallback(ConfigurationFactory.ParseString(ClusterHocon.Of(_settings.Cluster)))
            .WithFallback(ConfigurationFactory.ParseString(
                _settings.Control.PbmOfCluster is { } pbm ? $"petabridge.cmd {{ host = \"{pbm.Address}\", port = {pbm.Port} }}" : ""))
            .WithFallback(ConfigurationFactory.ParseString(AkkaLog.Hocon(LogThreshold.Warning)));
        var setup = BootstrapSetup.Create().WithConfig(hocon).And(new AkkaLogSetup(_log, Noise) { Rare = Rare });
        if (_settings.Cluster.Tls is { } files)
        {
            _identityFiles ??= new TlsIdentityFiles(files, _time);
            setup = setup.And(ClusterTls.Setup(_identity = Identity(_identityFiles), _time));
        }
        var system = ActorSystem.Create(ClusterHocon.SystemName, setup);
        ClusterTls.SurviveFailedHandshakes(system);
        return system;
    }

    /// <summary>Akka.Remote has its certificate from its start on, so a renewed one needs a new actor system.</summary>
    private void RestartOnRenewal(ClusterSession session)
    {
        if (_identityFiles is { } files && !ReferenceEquals(Identity(files), _identity))
            session.End("its certificate was renewed", now: false);
    }

    private TlsIdentity Identity(TlsIdentityFiles files)
    {
        var identity = files.Current(out var news, out var failed);
        if (news.Length > 0)
            _log.Say(failed ? LogThreshold.Warning : LogThreshold.Info, $"cluster: {news}");
        var now = _time.GetUtcNow();
        if (CertificateExpiry.IsNear(identity.Expires, now) && _warnedOf != identity.Expires)
        {
            _warnedOf = identity.Expires;
            _log.Warning($"cluster: {CertificateExpiry.Words(identity.Expires, now)}");
        }
        return identity;
    }

    private void Start(ActorSystem system, Action<string> yieldToLarger)
    {
        var tables = new ShardTables(_limits, _time);
        var region = ClusterSharding.Get(system).Start(
            RegionName,
            id => RateLimitActor.Props(int.Parse(id, CultureInfo.InvariantCulture), tables, hot => TellOthers(system, hot)),
            ClusterShardingSettings.Create(system),
            new RateLimitExtractor(),
            ClusterSharding.Get(system).DefaultShardAllocationStrategy(ClusterShardingSettings.Create(system)),
            new HandOver());
        var proxy = system.ActorOf(
            ClusterRateProxyActor.Props(region, _gateway, tables, _settings.AdmissionTimeout), ClusterRateProxyActor.Name);
        if (_gateway.Node is { } node)
            system.ActorOf(PeersActor.Props(_gateway, node), PeersActor.Name);
        var services = new MembershipServices(_settings.Cluster, _gateway, tables, proxy, _history, _resolver, _log, _time, yieldToLarger);
        system.ActorOf(MembersActor.Props(services), MembersActor.Name);
    }

    /// <summary>Not by way of the region: that would deliver it behind the first questions of another node.</summary>
    private static void TellOthers(ActorSystem system, HotRates hot)
    {
        var cluster = Akka.Cluster.Cluster.Get(system);
        foreach (var member in cluster.State.Members)
        {
            if (member.Address != cluster.SelfAddress)
                system.ActorSelection(new RootActorPath(member.Address) / "user" / ClusterRateProxyActor.Name)
                    .Tell(hot, ActorRefs.NoSender);
        }
    }
}
