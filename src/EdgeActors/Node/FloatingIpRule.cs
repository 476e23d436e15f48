namespace EdgeActors.Node;

/// <summary>The state of the floating IP, from what is observed and what was told. Pure.</summary>
public static class FloatingIpRule
{
    /// <summary>
    /// The addresses of this machine take precedence over what was told: a message can be late or lost. A fault does not show in
    /// addresses, so it counts when told.
    /// </summary>
    /// <param name="assigned">Whether this machine has all of the addresses; null: none is configured or read.</param>
    public static (FloatingIpState State, FloatingIpSource Source) Of(bool? assigned, FloatingIpState told) => (assigned, told) switch
    {
        (null, FloatingIpState.Unknown) => (FloatingIpState.Unknown, FloatingIpSource.None),
        (null, _) => (told, FloatingIpSource.Told),
        (true, _) => (FloatingIpState.Active, FloatingIpSource.Address),
        (false, FloatingIpState.Fault) => (FloatingIpState.Fault, FloatingIpSource.Told),
        (false, _) => (FloatingIpState.Standby, FloatingIpSource.Address),
    };
}
