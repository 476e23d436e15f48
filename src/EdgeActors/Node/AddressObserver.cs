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
internal sealed class AddressObserver : IDisposable
{
    /// <summary>For a change that netlink missed. One reading takes 0.2 ms of CPU time on a machine of three interfaces.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly FloatingIp _floatingIp;
    private readonly EdgeLog _log;
    private readonly TimeProvider _time;
    private readonly Func<Action, IDisposable?> _listen;
    private readonly Func<IReadOnlySet<IPAddress>> _read;
    private IReadOnlyList<IPAddress> _addresses = [];
    private IDisposable? _changes;
    private ITimer? _timer;
    private bool _unreadable;

    /// <param name="listen">Calls back at each change; null: netlink.</param>
    /// <param name="read">All addresses of this machine; null: asks the kernel.</param>
    public AddressObserver(
        FloatingIp floatingIp, EdgeLog log, TimeProvider time, Func<Action, IDisposable?>? listen = null, Func<IReadOnlySet<IPAddress>>? read = null)
    {
        (_floatingIp, _log, _time) = (floatingIp, log, time);
        (_listen, _read) = (listen ?? AddressChanges.Listen, read ?? OfThisMachine);
    }

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
                _floatingIp.Observe([.. _addresses.Select(address => new AddressStatus(address, assigned!.Contains(address)))]);
                _unreadable = false;
            }
            catch (Exception e)
            {
                // On a timer's thread, where an exception would end the process. What was seen last still counts.
                if (!_unreadable)
                    _log.Warning($"floating IP: cannot read the addresses of this machine, next attempt in {Interval.TotalSeconds:F0} s: {e.Message}");
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
            _log.Warning($"floating IP: no netlink socket, addresses are read every {Interval.TotalSeconds:F0} s only: {e.Message}");
        }
        _timer = _time.CreateTimer(static self => ((AddressObserver)self!).Look(), this, Interval, Interval);
    }

    /// <summary>Without zones: a link-local address may be on any interface.</summary>
    private static HashSet<IPAddress> OfThisMachine() => [.. NetworkInterface.GetAllNetworkInterfaces()
        .SelectMany(static network => network.GetIPProperties().UnicastAddresses)
        .Select(static unicast => new IPAddress(unicast.Address.GetAddressBytes()))];
}
