namespace EdgeActors.Admit;

/// <summary>For operators.</summary>
public sealed partial class ListenerAdmission
{
    /// <summary>Connections that the address has open; 0 where those are not limited.</summary>
    public int OpenOf(in AddressKey key) => _open?.Of(key) ?? 0;

    /// <summary>Its rate among those that this node has decided by itself.</summary>
    public uint RateAlone(in AddressKey key)
    {
        lock (_lock)
            return _alone?.Rate(0, key, _time) ?? 0;
    }

    /// <summary>Has this node know nothing of the address's rate. Connections that are open go on counting.</summary>
    /// <returns>False: it knew nothing.</returns>
    public bool Forget(in AddressKey key)
    {
        lock (_lock)
            return _alone?.Forget(0, key) ?? false;
    }
}
