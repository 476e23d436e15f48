using Akka.Actor;
using EdgeActors.Accept;
using EdgeActors.Operate;
using EdgeActors.Transport;

namespace EdgeActors;

/// <summary>What the address that two nodes share has to do with this one.</summary>
public sealed partial class EdgeNode
{
    private AddressObserver _addresses = null!;

    /// <summary>Its state on this node.</summary>
    public FloatingIp FloatingIp { get; private set; } = null!;

    /// <summary>
    /// Before the listeners close: a node that has the floating IP says that it is about to end, and goes on until the address is with the other
    /// one. Meanwhile, though not for long, it leaves newcomers unanswered: their TCP asks again, and by then finds the other one, while those whom
    /// this one let in now would be cut in the middle of something.
    /// </summary>
    /// <param name="alsoIgnore">The process's own entrances, which leave newcomers unanswered, or no longer, along with the node's.</param>
    /// <returns>Null: it was not here, or this node accepts nobody anyway. Else whether somebody has taken it within the time that the configuration gives.</returns>
    public async Task<bool?> HandOverFloatingIp(Action<bool>? alsoIgnore = null)
    {
        _addresses.Look();
        if (_draining || FloatingIp.Current.State != FloatingIpState.Active)
            return null;
        var (timeout, silence, _) = _settings.FloatingIp;
        silence = !SynFilter.IsSupported ? TimeSpan.Zero : silence < timeout ? silence : timeout;
        // First, so that who is let in last has the time that it takes for the address to move.
        if (silence > TimeSpan.Zero)
            await IgnoreNewcomers(true, alsoIgnore).ConfigureAwait(false);
        _draining = true;
        if (await FloatingIp.Left(silence).ConfigureAwait(false))
            return true;
        if (silence > TimeSpan.Zero)
            await IgnoreNewcomers(false, alsoIgnore).ConfigureAwait(false);
        return await FloatingIp.Left(timeout - silence).ConfigureAwait(false);
    }

    private void StartFloatingIp()
    {
        FloatingIp = new FloatingIp(Log, _time, FloatingIpFile.Beside(_settings.Control.Socket, Log));
        FloatingIp.Restore();
        _addresses = new AddressObserver(FloatingIp, Log, _time);
        _addresses.Apply(_settings.FloatingIp.Addresses);
    }

    private async Task IgnoreNewcomers(bool on, Action<bool>? also)
    {
        also?.Invoke(on);
        var order = new IgnoreNewcomers(on);
        await Task.WhenAll(_entrances.Select(entrance => entrance.Actor.Ask<Ignored>(order, TimeSpan.FromSeconds(5)))).ConfigureAwait(false);
    }
}
