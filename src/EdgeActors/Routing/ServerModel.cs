using System.Net;
using EdgeActors.Settings;

namespace EdgeActors.Routing;

/// <summary>What an operator wants of a server, whatever its checks say.</summary>
public enum AdminState
{
    /// <summary>The checks decide.</summary>
    Ready,

    /// <summary>No new connections; those that it has go on.</summary>
    Drain,

    /// <summary>As <see cref="Drain"/>, and the server does not count as down.</summary>
    Maint,
}

/// <summary>
/// One server of a backend as a routing decision sees it: immutable, replaced together with the snapshot that it is in. What changes without a
/// decision is in <see cref="State"/>, which all models of one server share.
/// </summary>
/// <param name="Index">Its place in the pool, from 0.</param>
/// <param name="Up">What its checks say.</param>
public sealed record ServerModel(int Index, ServerSettings Settings, ServerState State, bool Up)
{
    public string Name => Settings.Name;

    public AdminState Admin { get; init; }

    /// <summary>0 to <see cref="ServerSettings.MaxWeight"/>: as configured, unless an operator has changed it.</summary>
    public int Weight { get; init; } = Settings.Weight;

    public IPEndPoint EndPoint { get; init; } = State.EndPoint;

    /// <summary>Timestamp at which it became usable; 0: it always was, and no slow start applies.</summary>
    public long UsableSince { get; init; }

    /// <summary>Whether its host name has had an address yet.</summary>
    public bool HasAddress => !EndPoint.Address.Equals(IPAddress.Broadcast);

    /// <summary>Whether it is in service: drained, or without a weight, it still serves the connections that it has.</summary>
    public bool IsInService => Up && Admin != AdminState.Maint && HasAddress;

    /// <summary>Whether it may get new connections.</summary>
    public bool IsUsable => Up && Admin == AdminState.Ready && Weight > 0 && HasAddress;

    public bool IsFull => Settings.MaxConnections > 0 && State.Connections >= Settings.MaxConnections;

    /// <summary>The set of servers that holds this one alone.</summary>
    internal ulong Bit => BackendPool.Bit(Index);
}
