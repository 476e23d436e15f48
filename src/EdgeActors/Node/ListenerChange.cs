using Akka.Actor;
using EdgeActors.Listening;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Node;

/// <summary>The sockets of one change of listeners: those that it keeps, opens, and closes at its end.</summary>
internal sealed class ListenerChange
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);

    /// <summary>For clients that are connecting to a socket that closes: their handshake is over after one round trip.</summary>
    private static readonly TimeSpan Handshake = TimeSpan.FromMilliseconds(250);

    private readonly Dictionary<OwnedBind, IListenSocket> _open;
    private readonly SocketPlan _plan;
    private readonly List<RunningListener> _running = [];
    private readonly Dictionary<string, IReadOnlyList<ListeningSocket>> _opened = new(StringComparer.Ordinal);

    private ListenerChange(Dictionary<OwnedBind, IListenSocket> open, SocketPlan plan) => (_open, _plan) = (open, plan);

    /// <summary>In the order of the settings.</summary>
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

    public bool HasGone => _plan.Gone.Any();

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
    /// Where a part of the address remains, another socket has its new clients by now, and those that are connecting have time to end their
    /// handshake: close(2) would reset them.
    /// </summary>
    /// <returns>What clients may have seen of it.</returns>
    public async Task<IReadOnlyList<string>> CloseGone(TimeProvider time)
    {
        var reports = new List<string>();
        var gone = _plan.Gone.ToList();
        foreach (var socket in gone.Where(_plan.HasNewClients))
        {
            var ignores = SynFilter.Set(_open[socket], on: true);
            reports.Add($"{socket.Bind} has closed for [::]:{socket.Bind.EndPoint.Port}: clients that connected within these "
                + $"{Handshake.TotalMilliseconds:F0} ms {(ignores ? "connect a second later" : "were refused")}");
        }
        if (gone.Exists(socket => _plan.HeirOf(socket) is not null))
            await Task.Delay(Handshake, time).ConfigureAwait(false);
        foreach (var socket in gone)
            _open[socket].Dispose();
        return reports;
    }
}
