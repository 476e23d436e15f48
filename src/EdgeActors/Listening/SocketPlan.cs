using System.Net;
using EdgeActors.Settings;

namespace EdgeActors.Listening;

/// <summary>A listening socket by its listener's name and the address that it was opened for.</summary>
public readonly record struct OwnedBind(string Owner, BindSettings Bind);

/// <summary>
/// Assigns open sockets to the listeners of another configuration. Pure. A socket whose address remains is not closed, because close(2)
/// resets clients in its queue or handshake. It moves to the listener of its address, or of a wildcard that includes it. Missing sockets
/// are opened beside the open ones (SO_REUSEPORT).
/// </summary>
public sealed class SocketPlan
{
    private readonly IReadOnlyList<OwnedBind> _open;
    private readonly IReadOnlyList<OwnedBind> _wanted;
    private readonly Dictionary<OwnedBind, string> _kept = [];
    private readonly HashSet<OwnedBind> _missing = [];

    public SocketPlan(IReadOnlyList<OwnedBind> open, IReadOnlyList<ListenerSettings> wanted)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        _open = open;
        _wanted = [.. wanted.SelectMany(static listener => listener.Binds.Select(bind => new OwnedBind(listener.Name, bind)))];
        foreach (var want in _wanted)
        {
            // A port that the kernel chose stays with its owner.
            var hasPort = want.Bind.EndPoint.Port != 0;
            var same = open.FirstOrDefault(socket => socket.Bind == want.Bind && (hasPort || socket.Owner == want.Owner));
            if (same.Bind is not null)
                _kept[same] = want.Owner;
            else
                _missing.Add(want);
        }
        foreach (var socket in open.Where(socket => !_kept.ContainsKey(socket)))
        {
            if (_wanted.FirstOrDefault(want => Addresses.Covers(want.Bind, socket.Bind)) is { Bind: not null } wide)
                _kept[socket] = wide.Owner;
            else if (IPv6WildcardOf(socket.Bind) is { Bind: not null } half && _wanted.Any(want => IsIPv4Wildcard(want.Bind, socket.Bind)))
            {
                // The kernel gives IPv4 clients to the IPv4 wildcard, so the dual-mode socket gets IPv6 clients only.
                _kept[socket] = half.Owner;
                _missing.Remove(half);
            }
        }
    }

    /// <summary>Open sockets without a listener; they are closed.</summary>
    public IEnumerable<OwnedBind> Unowned => _open.Where(socket => !_kept.ContainsKey(socket));

    /// <summary>Open sockets that overlap a new one.</summary>
    public IEnumerable<OwnedBind> Shared => _open.Where(socket => _missing.Any(bind => Addresses.Overlap(socket.Bind, bind.Bind)));

    public IEnumerable<OwnedBind> KeptBy(string listener) => _open.Where(socket => _kept.GetValueOrDefault(socket) == listener);

    public IEnumerable<SocketToOpen> MissingOf(string listener) => _wanted
        .Where(want => want.Owner == listener && _missing.Contains(want))
        .Select(want => new SocketToOpen(want.Bind, _open.Any(socket => Addresses.Overlap(socket.Bind, want.Bind))));

    /// <summary>A listener whose address overlaps that of an <see cref="Unowned"/> socket, or null.</summary>
    public string? OverlappingOwner(OwnedBind unowned) => _wanted.FirstOrDefault(want => Addresses.Overlap(want.Bind, unowned.Bind)).Owner;

    /// <summary>Whether the kernel gives new clients of a remaining address to an <see cref="Unowned"/> socket. Of two IPv6 wildcards it
    /// prefers the older one.</summary>
    public bool HasNewClients(OwnedBind unowned) => _missing.Contains(IPv6WildcardOf(unowned.Bind));

    private OwnedBind IPv6WildcardOf(BindSettings dual) => !dual.DualMode ? default : _wanted.FirstOrDefault(want =>
        !want.Bind.DualMode && want.Bind.EndPoint.Equals(dual.EndPoint));

    private static bool IsIPv4Wildcard(BindSettings bind, BindSettings dual) =>
        bind.EndPoint.Address.Equals(IPAddress.Any) && bind.EndPoint.Port == dual.EndPoint.Port;
}

/// <param name="Overlaps">A socket of this process listens on an overlapping address.</param>
public sealed record SocketToOpen(BindSettings Bind, bool Overlaps = false);
