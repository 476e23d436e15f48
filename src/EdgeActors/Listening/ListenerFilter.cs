using System.Net.Sockets;
using System.Text;
using Akka.Actor;
using EdgeActors.Admission;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Listening;

/// <summary>The clients whose SYNs the kernel drops at a listener's sockets: all clients before the floating IP moves, otherwise those of
/// <see cref="KernelDrops"/>. Used by the listener's actor.</summary>
internal sealed class ListenerFilter(int index, ListenerState state, ListenerServices services)
{
    /// <summary>Addresses named in one log line.</summary>
    private const int MostNamed = 8;

    /// <summary>Until the next attempt after the kernel could not drop.</summary>
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(10);

    private readonly Dictionary<IListenSocket, SynSink> _sinks = [];
    private bool _ignoresAll, _hasWarned;
    private long? _failedAt;

    private KernelDrops Drops => state.Admission!.Drops;

    /// <summary>Where the kernel may drop clients. Behind another load balancer, the source address of a packet is the balancer's.</summary>
    public void Follow(ListenerSettings settings, IActorRef listener)
    {
        var isOn = services.DropsInKernel && settings.AcceptProxy is null;
        Drops.Wake = isOn ? () => listener.Tell(ListenerOrder.NextDrops, ActorRefs.NoSender) : null;
    }

    /// <summary>After a reload: limits and lists may be others, so dropped clients are judged anew.</summary>
    public void Reset(ListenerSettings settings, IActorRef listener)
    {
        Drops.Forget();
        (_failedAt, _hasWarned) = (null, false);
        Follow(settings, listener);
        TrySet();
    }

    /// <returns>Whether the kernel does it.</returns>
    public bool IgnoreAll(bool on)
    {
        _ignoresAll = on;
        return TrySet();
    }

    /// <summary>Before the sockets are closed or get another listener.</summary>
    public void Clear()
    {
        Drops.Wake = null;
        Stop();
    }

    private void Stop()
    {
        Drops.Clear();
        _ignoresAll = false;
        CountPackets();
        foreach (var sink in _sinks.Values)
            sink.Dispose();
        _sinks.Clear();
    }

    /// <summary>Applies what <see cref="KernelDrops"/> decides.</summary>
    /// <returns>When it is to be called again; null: at the next flood.</returns>
    public TimeSpan? Next(string listener)
    {
        if (_failedAt is { } at && Retry - services.Time.GetElapsedTime(at) is var left && left > TimeSpan.Zero)
            return left;
        _failedAt = null;
        var admission = state.Admission!;
        var change = Drops.Next(admission.DropTime, admission.Access);
        foreach (var (network, unseen) in change.Removed)
        {
            if (unseen == TimeSpan.Zero || !admission.LimitsRate)
                continue;
            admission.Hold(network.First, unseen);
            services.Shared.Limiter.Tell(RateInspection.Hold(index, network.First, unseen), ActorRefs.NoSender);
        }
        if (change.Added.Length + change.Removed.Count > 0)
        {
            while (!TrySet() && Drops.Count > 0)
                Drops.Halve();
            if (_failedAt is not null)
                return Retry;
            _hasWarned &= Drops.Count == 0;
            services.Shared.Meters.KernelDropsAdded(change.Added.Length);
            services.Log.KernelDrops(
                listener, Drops.Count, Named(change.Added.Length, i => change.Added[i]),
                Named(change.Removed.Count, i => change.Removed[i].Network));
        }
        CountPackets();
        return change.Again;
    }

    /// <summary>As <see cref="Set"/>. If a sink cannot be opened, no client is dropped until <see cref="Retry"/> is over.</summary>
    private bool TrySet()
    {
        try
        {
            return Set();
        }
        catch (SocketException e)
        {
            if (!_hasWarned)
            {
                services.Log.Warning($"the kernel cannot drop clients, they are refused by Edge ({e.SocketErrorCode}); expected to bind "
                    + $"{string.Join(", ", state.EndPoints)} once more (silent-drop.kernel); "
                    + $"tries again every {Retry.TotalSeconds:F0} s of a flood");
            }
            (_failedAt, _hasWarned) = (services.Time.GetTimestamp(), true);
            var wasIgnoring = _ignoresAll;
            Stop();
            return !wasIgnoring;
        }
    }

    /// <summary>Loads the program for all sockets.</summary>
    /// <returns>False: the kernel refuses it.</returns>
    /// <exception cref="SocketException">As of <see cref="SynSink.Open(IListenSocket, Func{int, SynProgram})"/>.</exception>
    private bool Set()
    {
        var networks = Drops.Networks;
        CountPackets();
        // Another listener may have got a socket by a reload, and a program with it.
        foreach (var socket in _sinks.Keys.Except(state.Sockets.Select(static open => open.Socket)).ToList())
            Close(socket);
        var programs = new Dictionary<int, SynProgram>();
        return state.Sockets.All(open => _ignoresAll ? Load(open.Socket, SynProgram.DropAll)
            : networks.Length == 0 ? End(open.Socket)
            : Load(open.Socket, sockets => programs.TryGetValue(sockets, out var same) ? same
                : programs[sockets] = SynProgram.Drop(networks, sockets)));
    }

    private bool Load(IListenSocket socket, Func<int, SynProgram> program)
    {
        if (_sinks.TryGetValue(socket, out var open))
            return open.Load(program);
        if (SynSink.Open(socket, program) is not { } sink)
            return false;
        _sinks[socket] = sink;
        return true;
    }

    private bool End(IListenSocket socket)
    {
        if (Close(socket))
            SynSink.Detach(socket);
        return true;
    }

    private bool Close(IListenSocket socket)
    {
        if (!_sinks.Remove(socket, out var sink))
            return false;
        sink.Dispose();
        return true;
    }

    private static string? Named(int count, Func<int, Cidr> network)
    {
        if (count == 0)
            return null;
        var names = new StringBuilder();
        for (var i = 0; i < Math.Min(count, MostNamed); i++)
            names.Append(i == 0 ? "" : ",").Append(network(i).ToString());
        return count > MostNamed ? $"{names},+{count - MostNamed}" : names.ToString();
    }

    private void CountPackets() => services.Shared.Meters.KernelDropped(_sinks.Values.Sum(static sink => sink.TakeDrops()));
}
