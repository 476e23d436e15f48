using System.Globalization;
using Akka.Actor;
using Akka.Event;
using EdgeActors.Answers;
using EdgeActors.Cluster.Commands;
using EdgeActors.Health;

namespace EdgeActors.Cluster.Membership;

/// <summary>Exchanges server health every second, and operators' commands, with the other nodes. One in each cluster system.</summary>
internal sealed class PeersActor(ClusterGateway gateway, NodePeer node) : UntypedActor, IWithTimers
{
    public const string Name = "peers";

    /// <summary>Commands in progress at once, in each direction.</summary>
    private const int MaxOrders = 32;

    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(1);

    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly Dictionary<uint, Pending> _pending = [];
    private uint _last;
    private int _working;

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(ClusterGateway gateway, NodePeer node) => Akka.Actor.Props.Create(() => new PeersActor(gateway, node));

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(nameof(Tick), new Tick(), ReportInterval, ReportInterval);
        gateway.Peers = Self;
    }

    protected override void PostStop()
    {
        gateway.Peers = null;
        foreach (var pending in _pending.Values)
            pending.Asker.Tell(Failed("this node's part of the cluster has ended, and begins anew"), ActorRefs.NoSender);
        foreach (var peer in node.Peers.Nodes)
            node.Peers.Forget(peer);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Tick:
                Report();
                break;
            case HealthReport report:
                node.Peers.Apply(new PeerReport(AddressOf(Sender), report.Servers));
                break;
            case ForwardOrder order:
                Send(order);
                break;
            case OrderAnswer answer when _pending.TryGetValue(answer.Id, out var pending) && AddressOf(Sender) == pending.Address:
                Gather(answer, pending);
                break;
            case OrderAnswer:
                break;
            case Overdue overdue when _pending.Remove(overdue.Id, out var pending):
                pending.Asker.Tell(Failed($"no answer within {pending.Timeout.TotalSeconds} s"), ActorRefs.NoSender);
                break;
            case Overdue:
                break;
            case NodeOrder order:
                Do(order);
                break;
            case Done:
                _working--;
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private static Answer[] Failed(string why) => [new ErrorAnswer(ErrorKind.Failed, why)];

    private static string AddressOf(IActorRef sender) =>
        $"{new NodeAddress(sender.Path.Address.Host?.Trim('[', ']') ?? "", sender.Path.Address.Port ?? 0)}";

    private void Report()
    {
        var members = gateway.Picture.Members;
        foreach (var peer in node.Peers.Nodes)
        {
            if (!members.Any(member => member.Address == peer))
                node.Peers.Forget(peer);
        }
        if (members.All(static member => member.IsSelf))
            return;
        var report = new HealthReport(PeerReport.Of("", node.Routes.Current).Servers);
        foreach (var member in members)
        {
            if (!member.IsSelf)
                At(member.Address).Tell(report, Self);
        }
    }

    private ActorSelection At(string member)
    {
        var colon = member.LastIndexOf(':');
        var port = int.Parse(member.AsSpan(colon + 1), CultureInfo.InvariantCulture);
        var address = _cluster.SelfAddress.WithHost(member[..colon]).WithPort(port);
        return Context.ActorSelection(new RootActorPath(address) / "user" / Name);
    }

    private void Send(ForwardOrder order)
    {
        if (_pending.Count >= MaxOrders)
        {
            Sender.Tell(Failed($"{MaxOrders} orders are on their way already"), ActorRefs.NoSender);
            return;
        }
        var pending = new Pending(order.Address, Sender) { Timeout = ForwardOrder.FirstTimeout };
        _pending[++_last] = pending;
        Wait(_last, pending);
        At(order.Address).Tell(new NodeOrder(_last, order.Access, order.Words), Self);
    }

    private void Wait(uint id, Pending pending) => Timers.StartSingleTimer(id, new Overdue(id), pending.Timeout);

    private void Gather(OrderAnswer answer, Pending pending)
    {
        if (!pending.Add(answer.Text.Span))
        {
            Finish(answer.Id, pending, Failed("its answer is too large"));
        }
        else if (answer.IsLast)
        {
            Finish(answer.Id, pending, pending.Answers());
        }
        else
        {
            pending.Timeout = ForwardOrder.AnswerTimeout;
            Wait(answer.Id, pending);
        }
    }

    private void Finish(uint id, Pending pending, IReadOnlyList<Answer> answers)
    {
        Timers.Cancel(id);
        _pending.Remove(id);
        pending.Asker.Tell(answers, ActorRefs.NoSender);
    }

    /// <summary>On the thread pool, as a command can take long. The pieces arrive in order.</summary>
    private void Do(NodeOrder order)
    {
        var (self, peer) = (Self, Sender);
        if (_working >= MaxOrders)
        {
            peer.Tell(new OrderAnswer(order.Id, true, AnswerLines.Write(Failed("it has too many orders at once"))), self);
            return;
        }
        _working++;
        peer.Tell(new OrderAnswer(order.Id, false, default), self);
        _ = Task.Run(async () =>
        {
            var text = AnswerLines.Write(await Answers(order).ConfigureAwait(false));
            for (var at = 0; at < text.Length || at == 0; at += OrderAnswer.MostAtOnce)
            {
                var piece = text.AsMemory(at, Math.Min(OrderAnswer.MostAtOnce, text.Length - at));
                peer.Tell(new OrderAnswer(order.Id, at + piece.Length == text.Length, piece), self);
            }
            self.Tell(new Done(), ActorRefs.NoSender);
        });
    }

    private async Task<IReadOnlyList<Answer>> Answers(NodeOrder order)
    {
        try
        {
            var answers = new List<Answer>();
            await foreach (var answer in node.Operator.Run(order.Words, order.Access, CancellationToken.None).ConfigureAwait(false))
                answers.Add(answer);
            return answers;
        }
        catch (Exception e)
        {
            // A fault of this program: the operator gets an answer before the timeout.
            return Failed(e.Message);
        }
    }

    private sealed class Pending(string address, IActorRef asker)
    {
        private readonly MemoryStream _text = new();

        public string Address => address;

        public IActorRef Asker => asker;

        public TimeSpan Timeout { get; set; }

        /// <returns>False: it gets too large.</returns>
        public bool Add(ReadOnlySpan<byte> piece)
        {
            _text.Write(piece);
            return _text.Length <= AnswerLines.MaxLength;
        }

        public IReadOnlyList<Answer> Answers()
        {
            try
            {
                return AnswerLines.Read(_text.ToArray());
            }
            catch (FormatException e)
            {
                return Failed($"its answer cannot be read: {e.Message}");
            }
        }
    }

    private sealed record Tick : INotInfluenceReceiveTimeout, IDeadLetterSuppression;

    private sealed record Done : IDeadLetterSuppression;

    private sealed record Overdue(uint Id) : IDeadLetterSuppression;
}
