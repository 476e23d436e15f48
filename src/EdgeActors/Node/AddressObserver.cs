using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Node;

/// <summary>
/// Observes which of the configured floating IPs this machine has, at each change of an address. An IPv6 address that is tentative or a
/// duplicate (RFC 4862, section 5.4) counts as assigned: if both nodes have the address, both report it.
/// </summary>
/// <param name="listen">Calls back at each change; null: netlink.</param>
/// <param name="read">All addresses of this machine; null: asks the kernel.</param>
internal sealed class AddressObserver(
    FloatingIp floatingIp, EdgeLog log, TimeProvider time,
    Func<Action, IDisposable?>? listen = null, Func<IReadOnlySet<IPAddress>>? read = null)
    : IDisposable
{
    /// <summary>For a change that netlink missed. One reading takes 0.2 ms of CPU time on a machine of three interfaces.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Func<Action, IDisposable?> _listen = listen ?? AddressChanges.Listen;
    private readonly Func<IReadOnlySet<IPAddress>> _read = read ?? OfThisMachine;
    private IReadOnlyList<IPAddress> _addresses = [];
    private IDisposable? _changes;
    private ITimer? _timer;
    private bool _unreadable;

    /// <summary>From now on these, which have been looked for when this returns.</summary>
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
        // One at a time, or the earlier reading of two could be told last.
        lock (_lock)
        {
            try
            {
                // What is not observed any more is not read: a change may be told late.
                var assigned = _addresses.Count == 0 ? null : _read();
                floatingIp.Observe([.. _addresses.Select(address => new AddressStatus(address, assigned!.Contains(address)))]);
                _unreadable = false;
            }
            catch (Exception e)
            {
                // On a timer's thread, where an exception would end the process. What was seen last still counts.
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

    /// <summary>Before the first reading, so that no change in between is missed.</summary>
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

/// <summary>Passes the floating IP to the other node before this one stops.</summary>
internal sealed class FloatingIpHandover(NodeState node, AddressObserver addresses)
{
    /// <summary>
    /// Before the listeners close, a node that has the floating IP reports that it is draining, and goes on until the other node has the
    /// address. For a part of that time it ignores the SYNs of new clients: their TCP sends them again, and the other node answers.
    /// </summary>
    /// <param name="alsoIgnore">The process's own listeners, which ignore new clients, or no longer, along with the node's.</param>
    /// <returns>Null: the address was not here, or this node accepts nobody. Else whether it moved within the configured time.</returns>
    public async Task<bool?> Run(Action<bool>? alsoIgnore)
    {
        addresses.Look();
        if (node.IsDraining || node.FloatingIp.Current.State != FloatingIpState.Active)
            return null;
        var (timeout, silence, _) = node.Settings.FloatingIp;
        silence = !SynFilter.IsSupported ? TimeSpan.Zero : silence < timeout ? silence : timeout;
        // First, so that the client that is accepted last has the time that the address takes to move.
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
