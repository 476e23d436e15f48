using Akka.Actor;
using EdgeActors.Listening;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Node;

/// <summary>The sockets that one change of listeners keeps, opens and closes.</summary>
internal sealed class ListenerChange
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Wait before a close, for handshakes in progress. A handshake takes one round trip.</summary>
    private static readonly TimeSpan Handshake = TimeSpan.FromMilliseconds(250);

    private readonly Dictionary<OwnedBind, IListenSocket> _open;
    private readonly SocketPlan _plan;
    private readonly List<RunningListener> _running = [];
    private readonly Dictionary<string, IReadOnlyList<ListeningSocket>> _opened = new(StringComparer.Ordinal);

    private ListenerChange(Dictionary<OwnedBind, IListenSocket> open, SocketPlan plan) => (_open, _plan) = (open, plan);

    /// <summary>The listeners, in the order of the settings.</summary>
    public IReadOnlyList<RunningListener> Running => _running;

    public static async Task<ListenerChange> Of(IReadOnlyList<RunningListener> running, IReadOnlyList<ListenerSettings> next)
    {
        var open = new Dictionary<OwnedBind, IListenSocket>();
        foreach (var listener in running)
        {
            var sockets = listener.Actor.Ask<IReadOnlyList<ListeningSocket>>(ListenerOrder.ListSockets, AnswerTimeout);
            foreach (var socket in await sockets.ConfigureAwait(false))
                open[new OwnedBind(listener.Settings.Name, socket.Bind)] = socket.Socket;
        }
        var plan = new SocketPlan([.. open.Keys], next);
        foreach (var shared in plan.Shared)
            SharedSockets.ShareAddress(open[shared]);
        return new ListenerChange(open, plan);
    }

    public bool HasUnowned => _plan.Unowned.Any();

    public IReadOnlyList<SocketToOpen> Missing(string listener) => [.. _plan.MissingOf(listener)];

    public void Add(RunningListener running, IReadOnlyList<ListeningSocket> opened)
    {
        _running.Add(running);
        _opened[running.Settings.Name] = opened;
    }

    public IReadOnlyList<ListeningSocket> Sockets(string listener) =>
        [.. _plan.KeptBy(listener).Select(kept => new ListeningSocket(kept.Bind, _open[kept])), .. _opened[listener]];

    public void CloseOpened()
    {
        foreach (var open in _opened.Values.SelectMany(static sockets => sockets))
            open.Socket.Dispose();
    }

    /// <summary>
    /// Closes sockets without a listener. If another socket has a part of the address, it gets the new clients. The wait lets handshakes
    /// in progress finish, because close(2) would reset them.
    /// </summary>
    /// <returns>Effects on clients, as sentences.</returns>
    public async Task<IReadOnlyList<string>> CloseUnowned(TimeProvider time)
    {
        var reports = new List<string>();
        var unowned = _plan.Unowned.ToList();
        var sinks = new List<SynSink>();
        foreach (var socket in unowned.Where(_plan.HasNewClients))
        {
            var sink = SynSink.IgnoreAll(_open[socket].Duplicate());
            reports.Add($"{socket.Bind} was replaced by [::]:{socket.Bind.EndPoint.Port}: clients that connected within "
                + $"{Handshake.TotalMilliseconds:F0} ms {(sink is not null ? "were delayed by one second" : "were refused")}");
            if (sink is not null)
                sinks.Add(sink);
        }
        if (unowned.Exists(socket => _plan.OverlappingOwner(socket) is not null))
            await Task.Delay(Handshake, time).ConfigureAwait(false);
        foreach (var socket in unowned)
            _open[socket].Dispose();
        sinks.ForEach(static sink => sink.Dispose());
        return reports;
    }
}
