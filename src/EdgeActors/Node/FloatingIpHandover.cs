using EdgeActors.Transport;

namespace EdgeActors.Node;

/// <summary>Passes the floating IP to the other node before this one stops.</summary>
internal sealed class FloatingIpHandover(NodeState node, AddressObserver addresses)
{
    /// <summary>
    /// Before the listeners close, a node that has the floating IP reports that it is draining, and goes on until the other node has the
    /// address. For a part of that time it ignores the SYNs of new clients: their TCP sends them again, and the other node answers.
    /// </summary>
    /// <param name="alsoIgnore">The process's own listeners, which ignore new clients, or no longer, along with the node's.</param>
    /// <returns>Null: the address was not here, or this node accepts nobody. Else whether it moved within the configured time.</returns>
    public async Task<bool?> Run(Action<bool>? alsoIgnore)
    {
        addresses.Look();
        if (node.IsDraining || node.FloatingIp.Current.State != FloatingIpState.Active)
            return null;
        var (timeout, silence, _) = node.Settings.FloatingIp;
        silence = !SynFilter.IsSupported ? TimeSpan.Zero : silence < timeout ? silence : timeout;
        // First, so that the client that is accepted last has the time that the address takes to move.
        if (silence > TimeSpan.Zero)
            await IgnoreNewClients(true, alsoIgnore).ConfigureAwait(false);
        node.IsDraining = true;
        if (await node.FloatingIp.Left(silence).ConfigureAwait(false))
            return true;
        if (silence > TimeSpan.Zero)
            await IgnoreNewClients(false, alsoIgnore).ConfigureAwait(false);
        return await node.FloatingIp.Left(timeout - silence).ConfigureAwait(false);
    }

    private Task IgnoreNewClients(bool on, Action<bool>? also)
    {
        also?.Invoke(on);
        return node.Listeners.IgnoreNewClients(on);
    }
}
