namespace EdgeActors.Join;

/// <summary>Inactivity limits of a joined connection.</summary>
/// <param name="Tunnel">Longest time with no byte in either direction.</param>
public sealed record RelayTimeouts(TimeSpan Tunnel);
