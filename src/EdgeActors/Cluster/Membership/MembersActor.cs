using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using EdgeActors.Admission;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using ClusterSettings = EdgeActors.Settings.ClusterSettings;

namespace EdgeActors.Cluster.Membership;

/// <param name="RateProxy">Published to the node while it is a member.</param>
/// <param name="YieldToLarger">Ends this cluster system for the given reason, so that the next one joins.</param>
internal sealed record MembershipServices(
    ClusterSettings Settings, ClusterGateway Gateway, ShardTables Tables, IActorRef RateProxy, ClusterHistory History,
    IHostResolver Resolver, EdgeLog Log, TimeProvider Time, Action<string> YieldToLarger);

/// <summary>Joins the cluster and publishes its members to the node. One in each cluster system.</summary>
internal sealed class MembersActor(MembershipServices services) : UntypedActor, IWithTimers
{
    /// <summary>Prefix of the role that carries a node's name.</summary>
    public const string NameRole = "name=";

    public const string Name = "members";

    private static readonly TimeSpan TickInterval = TimeSpan.FromSeconds(1);
    private const int TicksPerProbe = 5;

    /// <summary>A node's report whether it is in a cluster is valid for this time.</summary>
    private static readonly TimeSpan ReportValidFor = TimeSpan.FromSeconds(3);

    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly Dictionary<Address, Member> _members = [];
    private readonly HashSet<Address> _unreachable = [];

    /// <summary>Nodes that have reported whether they are in a cluster, and when.</summary>
    private readonly Dictionary<NodeAddress, (bool IsMember, long At)> _reports = [];
    private readonly long _startedAt = services.Time.GetTimestamp();
    private Seeds? _seeds;
    private int _ticks;
    private bool _leaving;

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(MembershipServices services) => Akka.Actor.Props.Create(() => new MembersActor(services));

    private NodeAddress SelfAddress => NodeAddress.Of(services.Settings.Bind);

    private bool IsUp => _members.TryGetValue(_cluster.SelfAddress, out var self) && self.Status == MemberStatus.Up;

    protected override void PreStart()
    {
        _cluster.Subscribe(
            Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents,
            typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent));
        Context.System.EventStream.Subscribe(Self, typeof(Akka.Remote.ThisActorSystemQuarantinedEvent));
        Timers.StartPeriodicTimer(nameof(Tick), new Tick(), TickInterval, TickInterval);
        Resolve();
        Publish();
    }

    protected override void PostStop()
    {
        services.Gateway.RateProxy = null;
        _cluster.Unsubscribe(Self);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ClusterEvent.MemberRemoved gone:
                _members.Remove(gone.Member.Address);
                _unreachable.Remove(gone.Member.Address);
                Tell(gone.Member, "has gone");
                Publish();
                // Akka's own shutdown of a downed member may have been used up by an earlier failed handshake.
                if (gone.Member.Address == _cluster.SelfAddress)
                    services.YieldToLarger("the others have taken this node for gone");
                break;
            case ClusterEvent.MemberStatusChange changed:
                Changed(changed.Member);
                break;
            case ClusterEvent.UnreachableMember lost:
                _unreachable.Add(lost.Member.Address);
                services.Log.Warning($"cluster: {Named(lost.Member)} cannot be reached");
                Publish();
                break;
            case ClusterEvent.ReachableMember found:
                _unreachable.Remove(found.Member.Address);
                Tell(found.Member, "can be reached again");
                Publish();
                break;
            case Seeds seeds:
                Join(seeds);
                break;
            case Tick:
                OnTick();
                break;
            case ClusterProbe probe:
                Compare(probe);
                break;
            case YieldToLarger:
                services.YieldToLarger("another cluster has more nodes, or the lower address");
                break;
            case Akka.Remote.ThisActorSystemQuarantinedEvent quarantined:
                // That node has quarantined this system's identity: no message gets through any more.
                services.YieldToLarger($"{quarantined.RemoteAddress.Host}:{quarantined.RemoteAddress.Port} has excluded this node");
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Changed(Member member)
    {
        _members[member.Address] = member;
        if (_members.Count > 1)
            services.History.KnewOthers = true;
        var isSelf = member.Address == _cluster.SelfAddress;
        if (member.Status == MemberStatus.Up)
            Tell(member, "is up");
        if (isSelf && member.Status == MemberStatus.Up)
        {
            services.History.LeftOut = 0;
            services.RateProxy.Tell(new WarmUp());
            services.Gateway.RateProxy = services.RateProxy;
        }
        else if (isSelf && member.Status is MemberStatus.Leaving or MemberStatus.Exiting or MemberStatus.Down)
        {
            // Its shards move away; queries to them would only wait.
            _leaving = true;
        }
        Publish();
    }

    private void OnTick()
    {
        Publish();
        if (!IsUp)
        {
            Wait();
            return;
        }
        if (++_ticks % TicksPerProbe == 0)
            Count();
    }

    /// <summary>Waits to join, or forms the cluster when no other node does.</summary>
    private void Wait()
    {
        if (!_leaving && Seeds.BeginsAnew(services.Time.GetElapsedTime(_startedAt), services.History.LeftOut))
        {
            _leaving = true;
            services.History.LeftOut++;
            services.YieldToLarger("nobody has let this node in");
            return;
        }
        if (_seeds is not { } seeds || _leaving || _members.Count > 0)
        {
            Resolve();
            return;
        }
        foreach (var other in seeds.Others)
            MembersAt(AddressOf(other)).Tell(new ClusterProbe(0, ""), Self);
        if (seeds.MakesCluster(services.Time.GetElapsedTime(_startedAt), services.History.KnewOthers, Clusters(seeds)))
            _cluster.Join(_cluster.SelfAddress);
        else
            Resolve();
    }

    /// <summary>As <see cref="Seeds.MakesCluster"/> has it.</summary>
    private bool? Clusters(Seeds seeds)
    {
        var valid = _reports.Where(report => services.Time.GetElapsedTime(report.Value.At) < ReportValidFor).ToDictionary();
        return valid.Any(static report => report.Value.IsMember) ? true
            : seeds.Others.Count > 0 && seeds.Others.All(valid.ContainsKey) ? false
            : null;
    }

    private void Resolve() => Seeds.Resolve(services.Settings.Seeds, SelfAddress, services.Resolver).PipeTo(Self);

    private void Join(Seeds seeds)
    {
        if (IsUp || _members.Count > 0 || _leaving)
            return;
        var same = _seeds is { } before && before.Rank == seeds.Rank && before.Others.SequenceEqual(seeds.Others);
        _seeds = seeds;
        if (same)
            return;
        if (seeds.Others.Count > 0)
            // Without itself among them it only joins; when to make a cluster is not left to it.
            _cluster.JoinSeedNodes(seeds.Others.Select(AddressOf));
        services.Log.Info($"cluster: {SelfAddress} looks for {(seeds.Others.Count == 0 ? "nobody" : string.Join(", ", seeds.Others))}");
    }

    /// <summary>Asks seeds that are not in this cluster whether they have one of their own. One node does it for all.</summary>
    private void Count()
    {
        if (_seeds is null)
            Resolve();
        if (_seeds is not { } seeds || Lowest() is not { } lowest || lowest != SelfAddress)
            return;
        foreach (var seed in seeds.Others)
        {
            var address = AddressOf(seed);
            if (!_members.ContainsKey(address))
                MembersAt(address).Tell(new ClusterProbe(_members.Count, lowest.ToString()), Self);
        }
    }

    private void Compare(ClusterProbe other)
    {
        _reports[NodeOf(Sender.Path.Address)] = (other.Members > 0, services.Time.GetTimestamp());
        if (!IsUp || _leaving || Lowest() is not { } lowest)
            return;
        if (other.Members == 0)
        {
            // It is about to join, and must not form a cluster meanwhile.
            Sender.Tell(new ClusterProbe(_members.Count, lowest.ToString()), Self);
            return;
        }
        // A node can miss the answer to its join and form a cluster of its own; both clusters then have the same lowest address. The reply
        // tells it of the larger cluster, so that it gives way. A node that did join counts as many members, and gets no reply.
        if (_members.ContainsKey(Sender.Path.Address) && other.Lowest == lowest.ToString())
        {
            if (other.Members < _members.Count)
                Sender.Tell(new ClusterProbe(_members.Count, lowest.ToString()), Self);
            return;
        }
        if (!Islands.Yields(_members.Count, lowest.ToString(), other.Members, other.Lowest))
        {
            Sender.Tell(new ClusterProbe(_members.Count, lowest.ToString()), Self);
            return;
        }
        foreach (var member in _members.Keys)
        {
            if (member != Sender.Path.Address)
                MembersAt(member).Tell(new YieldToLarger(), Self);
        }
    }

    private NodeAddress? Lowest() => _members.Count == 0 ? null : _members.Keys.Select(NodeOf).Min(NodeAddress.Order);

    /// <summary>Akka has IPv6 in brackets.</summary>
    private static NodeAddress NodeOf(Address address) => new(address.Host.Trim('[', ']'), address.Port ?? 0);

    private Address AddressOf(NodeAddress node) =>
        _cluster.SelfAddress.WithHost(node.Host.Contains(':', StringComparison.Ordinal) ? $"[{node.Host}]" : node.Host).WithPort(node.Port);

    private static ActorSelection MembersAt(Address address) => Context.ActorSelection(new RootActorPath(address) / "user" / Name);

    private void Tell(Member member, string what) => services.Log.Info($"cluster: {Named(member)} {what}");

    private string Named(Member member) =>
        $"{NodeOf(member.Address)} ({NameOf(member)}{(member.Address == _cluster.SelfAddress ? ", this node" : "")})";

    private static string NameOf(Member member) =>
        member.Roles.FirstOrDefault(static role => role.StartsWith(NameRole, StringComparison.Ordinal))?[NameRole.Length..] ?? "?";

    private void Publish() => services.Gateway.Picture = new ClusterPicture(
        _leaving ? ClusterState.Leaving : IsUp ? ClusterState.Up : ClusterState.Joining,
        services.History.Incarnation,
        [.. _members.Values
            .Select(member => new ClusterMember(
                $"{NodeOf(member.Address)}", NameOf(member), $"{member.Status}",
                !_unreachable.Contains(member.Address), member.Address == _cluster.SelfAddress))
            .OrderBy(static member => member.Address, StringComparer.Ordinal)],
        services.Tables.Count,
        services.History.LastEnd);

    private sealed record Tick : INotInfluenceReceiveTimeout, IDeadLetterSuppression;
}
