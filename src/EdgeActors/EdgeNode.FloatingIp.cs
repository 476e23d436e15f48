using EdgeActors.Operate;

namespace EdgeActors;

/// <summary>What the address that two nodes share has to do with this one.</summary>
public sealed partial class EdgeNode
{
    /// <summary>Whether it is here, as far as anybody has told.</summary>
    public FloatingIp FloatingIp { get; private set; } = null!;

    /// <summary>
    /// Before the listeners close: a node that has the floating IP says that it is about to end, and goes on accepting until the address is with
    /// the other one. So clients find somebody at every moment.
    /// </summary>
    /// <returns>Null: it was not here, or this node accepts nobody anyway. Else whether somebody has taken it within the time that the configuration gives.</returns>
    public async Task<bool?> HandOverFloatingIp()
    {
        if (_draining || FloatingIp.Current.State != FloatingIpState.Active)
            return null;
        _draining = true;
        return await FloatingIp.Left(_settings.FloatingIpHandover).ConfigureAwait(false);
    }
}
