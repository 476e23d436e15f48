using System.Net;
using EdgeActors.Settings;

namespace EdgeActors.Transport;

/// <summary>All that the transport has to know of a server to join a client with it. One instance a server serves all connections.</summary>
/// <param name="Server">Where to dial.</param>
/// <param name="ConnectTimeout">How long the server may take to accept.</param>
/// <param name="Timeouts">Inactivity limits of the joined connection.</param>
/// <param name="Source">Where to dial from, of the server's family; null: the system chooses.</param>
public sealed record ConnectPlan(IPEndPoint Server, TimeSpan ConnectTimeout, RelayTimeouts Timeouts, IPAddress? Source = null);
