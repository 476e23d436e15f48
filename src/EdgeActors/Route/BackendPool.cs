using System.Collections.Immutable;
using System.Net;
using System.Numerics;
using EdgeActors.Config;

namespace EdgeActors.Route;

/// <summary>One server of a backend.</summary>
/// <param name="Index">Its place in the pool, from 0.</param>
/// <param name="Name">Unique within the backend.</param>
/// <param name="EndPoint">Where it listens.</param>
public sealed record BackendServer(int Index, string Name, IPEndPoint EndPoint)
{
    /// <summary>The backend's source address, where it fits this server's family.</summary>
    public IPAddress? SourceOf(BackendSettings backend) =>
        backend.Source?.AddressFamily == EndPoint.AddressFamily ? backend.Source : null;
}

/// <summary>
/// The servers of a backend and which of them are up: an immutable snapshot, replaced whole when a server's health changes. The turn of
/// the round robin goes on across snapshots, so a change of health does not send everyone to the first server again. Any thread may pick.
/// </summary>
public sealed class BackendPool
{
    /// <summary>Servers of one backend, as many as a set of them has bits.</summary>
    public const int MaxServers = 64;

    private readonly Turn _turn;

    /// <summary>A pool whose servers are all up, or all down.</summary>
    /// <param name="name">The backend's.</param>
    /// <param name="servers">1 to <see cref="MaxServers"/>, each at its own index.</param>
    /// <param name="up">Whether they are up.</param>
    public BackendPool(string name, ImmutableArray<BackendServer> servers, bool up)
        : this(name, servers, up ? All(servers.Length) : 0, new Turn())
    {
        ArgumentOutOfRangeException.ThrowIfZero(servers.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(servers.Length, MaxServers);
        for (var i = 0; i < servers.Length; i++)
            ArgumentOutOfRangeException.ThrowIfNotEqual(servers[i].Index, i);
    }

    private BackendPool(string name, ImmutableArray<BackendServer> servers, ulong up, Turn turn)
    {
        Name = name;
        Servers = servers;
        Up = up;
        _turn = turn;
    }

    /// <summary>The backend's name.</summary>
    public string Name { get; }

    /// <summary>All servers, up or down, by index.</summary>
    public ImmutableArray<BackendServer> Servers { get; }

    /// <summary>The set of servers that are up: bit i for the server at index i.</summary>
    public ulong Up { get; }

    /// <summary>How many are up.</summary>
    public int UpCount => BitOperations.PopCount(Up);

    /// <summary>Whether the server at <paramref name="index"/> is up.</summary>
    public bool IsUp(int index) => (Up & Bit(index)) != 0;

    /// <summary>The pool with one server's health changed; the same object where nothing changes.</summary>
    public BackendPool With(int index, bool up)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Servers.Length);
        var changed = up ? Up | Bit(index) : Up & ~Bit(index);
        return changed == Up ? this : new BackendPool(Name, Servers, changed, _turn);
    }

    /// <summary>The server whose turn it is among those that are up; null when none is.</summary>
    public BackendServer? Pick() => Up == 0 ? null : Choose(Up, _turn.Take());

    /// <summary>
    /// A server for a connection that others have failed; null when all that are up were tried. It takes nobody's turn: if it did, then
    /// of two servers one of which refuses, the refusing one would be asked first by every connection.
    /// </summary>
    /// <param name="tried">The set of servers that were tried, as in <see cref="Up"/>.</param>
    public BackendServer? PickOther(ulong tried)
    {
        var left = Up & ~tried;
        return left == 0 ? null : Choose(left, _turn.Peek());
    }

    /// <summary>The set that holds the server at <paramref name="index"/> alone.</summary>
    public static ulong Bit(int index) => 1UL << index;

    private static ulong All(int count) => count >= MaxServers ? ulong.MaxValue : Bit(count) - 1;

    private BackendServer Choose(ulong among, uint turn)
    {
        for (var skip = turn % (uint)BitOperations.PopCount(among); skip > 0; skip--)
            among &= among - 1; // drops the lowest
        return Servers[BitOperations.TrailingZeroCount(among)];
    }

    private sealed class Turn
    {
        private uint _next;

        public uint Take() => Interlocked.Increment(ref _next) - 1;

        public uint Peek() => Volatile.Read(ref _next);
    }
}
