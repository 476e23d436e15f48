namespace EdgeActors.Settings;

/// <summary>Inactivity limits of a joined connection; null: none. As in HAProxy, <paramref name="Tunnel"/> replaces those of the sides.</summary>
/// <param name="Tunnel">Longest time with no byte in either direction.</param>
/// <param name="Client">The same without a tunnel limit, said to be the client's fault.</param>
/// <param name="Server">The same without a tunnel limit, said to be the server's fault.</param>
/// <param name="ClientFin">In place of all of these once the client was sent a FIN and has yet to send its own.</param>
/// <param name="ServerFin">In place of all of these once the server was sent a FIN and has yet to send its own.</param>
public sealed record RelayTimeouts(
    TimeSpan? Tunnel, TimeSpan? Client = null, TimeSpan? Server = null, TimeSpan? ClientFin = null, TimeSpan? ServerFin = null);
