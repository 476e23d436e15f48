namespace EdgeActors.Operate;

/// <summary>The state of the floating IP, from what is observed and what was told. Pure.</summary>
public static class FloatingIpRule
{
    /// <summary>The kernel's word counts more than anybody's: a message can be late or get lost, an address is assigned or is not. Only a fault
    /// is no matter of addresses.</summary>
    /// <param name="assigned">Whether this machine has all of the addresses; null: they are not configured, or cannot be read.</param>
    public static (FloatingIpState State, FloatingIpSource Source) Of(bool? assigned, FloatingIpState told) => (assigned, told) switch
    {
        (null, FloatingIpState.Unknown) => (FloatingIpState.Unknown, FloatingIpSource.None),
        (null, _) => (told, FloatingIpSource.Told),
        (true, _) => (FloatingIpState.Active, FloatingIpSource.Address),
        (false, FloatingIpState.Fault) => (FloatingIpState.Fault, FloatingIpSource.Told),
        (false, _) => (FloatingIpState.Standby, FloatingIpSource.Address),
    };
}
