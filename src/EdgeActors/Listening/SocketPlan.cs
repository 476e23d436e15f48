using System.Net;
using EdgeActors.Settings;

namespace EdgeActors.Listening;

/// <summary>A listening socket by its listener's name and the address that it was opened for.</summary>
public readonly record struct OwnedBind(string Owner, BindSettings Bind);

/// <summary>
/// What becomes of the open sockets under another arrangement of listeners. Pure. A socket whose address remains is not closed, because a
/// close resets the clients that wait in its queue or are connecting: it moves to the listener of that address, or to the listener of a
/// wildcard that includes it. What the open sockets lack is opened beside them (SO_REUSEPORT).
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
            // A port that the kernel chose is its owner's.
            var hasPort = want.Bind.EndPoint.Port != 0;
            if (open.FirstOrDefault(socket => socket.Bind == want.Bind && (hasPort || socket.Owner == want.Owner)) is { Bind: not null } same)
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
                // The kernel gives every IPv4 client to the IPv4 wildcard, so the dual-mode socket has the others.
                _kept[socket] = half.Owner;
                _missing.Remove(half);
            }
        }
    }

    /// <summary>Sockets that no listener has any longer.</summary>
    public IEnumerable<OwnedBind> Gone => _open.Where(socket => !_kept.ContainsKey(socket));

    /// <summary>Sockets that a new one is opened beside.</summary>
    public IEnumerable<OwnedBind> Shared => _open.Where(socket => _missing.Any(bind => Addresses.Overlap(socket.Bind, bind.Bind)));

    public IEnumerable<OwnedBind> KeptBy(string listener) => _open.Where(socket => _kept.GetValueOrDefault(socket) == listener);

    public IEnumerable<SocketToOpen> MissingOf(string listener) => _wanted
        .Where(want => want.Owner == listener && _missing.Contains(want))
        .Select(want => new SocketToOpen(want.Bind, _open.Any(socket => Addresses.Overlap(socket.Bind, want.Bind))));

    /// <summary>The listener that has a part of the address of a socket that is <see cref="Gone"/>; null: none has.</summary>
    public string? HeirOf(OwnedBind gone) => _wanted.FirstOrDefault(want => Addresses.Overlap(want.Bind, gone.Bind)).Owner;

    /// <summary>Whether the kernel gives a socket that is <see cref="Gone"/> new clients of an address that remains: of two IPv6 wildcards
    /// the older one has them.</summary>
    public bool HasNewClients(OwnedBind gone) => _missing.Contains(IPv6WildcardOf(gone.Bind));

    private OwnedBind IPv6WildcardOf(BindSettings dual) => !dual.DualMode ? default : _wanted.FirstOrDefault(want =>
        !want.Bind.DualMode && want.Bind.EndPoint.Equals(dual.EndPoint));

    private static bool IsIPv4Wildcard(BindSettings bind, BindSettings dual) =>
        bind.EndPoint.Address.Equals(IPAddress.Any) && bind.EndPoint.Port == dual.EndPoint.Port;
}

/// <param name="Overlaps">A socket of this process listens on a part of the address.</param>
public sealed record SocketToOpen(BindSettings Bind, bool Overlaps = false);
