using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Node;

/// <summary>Observes which floating IPs this machine has. A tentative or duplicate IPv6 address (RFC 4862, section 5.4) counts as
/// assigned: if both nodes have the address, both report it.</summary>
/// <param name="listen">Source of change notifications; null: netlink.</param>
/// <param name="read">Reads all addresses of this machine; null: from the kernel.</param>
internal sealed class AddressObserver(
    FloatingIp floatingIp, EdgeLog log, TimeProvider time,
    Func<Action, IDisposable?>? listen = null, Func<IReadOnlySet<IPAddress>>? read = null)
    : IDisposable
{
    /// <summary>Polls in case netlink misses a change: 0.2 ms of CPU time with three interfaces.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Func<Action, IDisposable?> _listen = listen ?? AddressChanges.Listen;
    private readonly Func<IReadOnlySet<IPAddress>> _read = read ?? OfThisMachine;
    private IReadOnlyList<IPAddress> _addresses = [];
    private IDisposable? _changes;
    private ITimer? _timer;
    private bool _unreadable;

    /// <summary>Observes these addresses from now on. They have been read when this returns.</summary>
    /// <param name="addresses">Empty: nothing is observed.</param>
    public void Apply(IReadOnlyList<IPAddress> addresses)
    {
        lock (_lock)
        {
            _addresses = addresses;
            if (addresses.Count == 0)
                Dispose();
            else if (_timer is null)
                Start();
            Look();
        }
    }

    public void Look()
    {
        // One at a time, so that the older of two readings is never reported last.
        lock (_lock)
        {
            try
            {
                // A late notification may arrive when no address is observed any more.
                var assigned = _addresses.Count == 0 ? null : _read();
                floatingIp.Observe([.. _addresses.Select(address => new AddressStatus(address, assigned!.Contains(address)))]);
                _unreadable = false;
            }
            catch (Exception e)
            {
                // An exception on a timer thread would end the process. The last reading stays valid.
                if (!_unreadable)
                    log.Warning($"floating IP: cannot read the addresses of this machine, next attempt in {Interval.TotalSeconds:F0} s: {e.Message}");
                _unreadable = true;
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _timer?.Dispose();
            _changes?.Dispose();
            (_timer, _changes) = (null, null);
        }
    }

    /// <summary>Starts before the first reading, so that no change in between is missed.</summary>
    private void Start()
    {
        try
        {
            _changes = _listen(Look);
        }
        catch (SocketException e)
        {
            log.Warning($"floating IP: no netlink socket, addresses are read every {Interval.TotalSeconds:F0} s only: {e.Message}");
        }
        _timer = time.CreateTimer(static self => ((AddressObserver)self!).Look(), this, Interval, Interval);
    }

    /// <summary>Without zones: a link-local address may be on any interface.</summary>
    private static HashSet<IPAddress> OfThisMachine() => [.. NetworkInterface.GetAllNetworkInterfaces()
        .SelectMany(static network => network.GetIPProperties().UnicastAddresses)
        .Select(static unicast => new IPAddress(unicast.Address.GetAddressBytes()))];
}

/// <summary>Moves the floating IP to the other node before this one stops.</summary>
internal sealed class FloatingIpHandover(NodeState node, AddressObserver addresses)
{
    /// <summary>Reports draining and goes on accepting until the other node has the address. For a part of that time it ignores new
    /// clients' SYNs, which are retransmitted to the other node.</summary>
    /// <param name="alsoIgnore">Ignores new clients' SYNs, or no longer, on the host's own endpoints.</param>
    /// <returns>Null: the address was not here, or no clients are accepted. Else whether it moved within the configured time.</returns>
    public async Task<bool?> Run(Action<bool>? alsoIgnore)
    {
        addresses.Look();
        if (node.IsDraining || node.FloatingIp.Current.State != FloatingIpState.Active)
            return null;
        var (timeout, silence, _) = node.Settings.FloatingIp;
        silence = !SynSink.IsSupported ? TimeSpan.Zero : silence < timeout ? silence : timeout;
        // First, so that the last accepted client has the time that the address takes to move.
        if (silence > TimeSpan.Zero)
            await IgnoreNewClients(true, alsoIgnore).ConfigureAwait(false);
        node.IsDraining = true;
        if (await node.FloatingIp.Left(silence).ConfigureAwait(false))
            return true;
        if (silence > TimeSpan.Zero)
            await IgnoreNewClients(false, alsoIgnore).ConfigureAwait(false);
        return await node.FloatingIp.Left(timeout - silence).ConfigureAwait(false);
    }

    private Task IgnoreNewClients(bool on, Action<bool>? also)
    {
        also?.Invoke(on);
        return node.Listeners.IgnoreNewClients(on);
    }
}
