using Akka.Actor;
using EdgeActors.Admission;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Listening;

/// <summary>The one program of a listener's sockets: it drops the SYNs of all clients before the floating IP moves, otherwise those of
/// <see cref="KernelDrops"/>. Used by the listener's actor.</summary>
internal sealed class ListenerFilter(int index, ListenerState state, ListenerServices services)
{
    /// <summary>Addresses named in one log line.</summary>
    private const int MostNamed = 8;

    private bool _ignoresAll, _isAttached;
    private long _packets;

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
        Follow(settings, listener);
        Set();
    }

    /// <returns>Whether the kernel accepted the program.</returns>
    public bool IgnoreAll(bool on)
    {
        _ignoresAll = on;
        return Set();
    }

    /// <summary>Sets the program on all sockets. They may have another listener's or another process's.</summary>
    /// <returns>Whether the kernel accepted it.</returns>
    public bool Set()
    {
        var networks = Drops.Networks;
        var program = _ignoresAll ? SynProgram.DropAll : networks.Count > 0 ? SynProgram.Drop(networks) : null;
        CountPackets();
        var taken = true;
        foreach (var (_, socket) in state.Sockets)
            taken &= SynFilter.Set(socket, program);
        _isAttached = program is not null;
        _packets = _isAttached ? PacketsNow() : 0;
        return taken;
    }

    /// <summary>Before the sockets are closed: another process may have them, too.</summary>
    public void Clear()
    {
        Drops.Wake = null;
        Drops.Forget();
        foreach (var (_, socket) in _isAttached ? state.Sockets : [])
            SynFilter.Set(socket, null);
        (_isAttached, _ignoresAll) = (false, false);
    }

    /// <summary>Applies what <see cref="KernelDrops"/> decides.</summary>
    /// <returns>Whether it is to be called again.</returns>
    public bool Next(string listener)
    {
        var admission = state.Admission!;
        var change = Drops.Next(admission.DropTime, admission.Access);
        foreach (var (network, unseen) in change.Removed)
        {
            if (unseen == TimeSpan.Zero || !admission.LimitsRate)
                continue;
            admission.Hold(network.First, unseen);
            services.Shared.Limiter.Tell(RateInspection.Hold(index, network.First, unseen), ActorRefs.NoSender);
        }
        if (change.Added.Count + change.Removed.Count > 0)
        {
            while (!Set() && Drops.Count > 0)
                Drops.Halve();
            services.Shared.Meters.KernelDropsAdded(change.Added.Count);
            services.Log.KernelDrops(listener, Drops.Count, Named(change.Added), Named([.. change.Removed.Select(static end => end.Network)]));
        }
        CountPackets();
        return !change.IsIdle;
    }

    private static string? Named(IReadOnlyList<Cidr> networks) => networks.Count == 0 ? null
        : string.Join(',', networks.Take(MostNamed)) + (networks.Count > MostNamed ? $",+{networks.Count - MostNamed}" : "");

    private long PacketsNow() => state.Sockets.Sum(static open => SynFilter.DropsOf(open.Socket));

    private void CountPackets()
    {
        if (!_isAttached)
            return;
        var now = PacketsNow();
        // After a reload, the sockets may be others.
        services.Shared.Meters.KernelDropped(Math.Max(0, now - _packets));
        _packets = now;
    }
}
