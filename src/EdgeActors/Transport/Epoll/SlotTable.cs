namespace EdgeActors.Transport.Epoll;

/// <summary>A receiver of epoll events.</summary>
internal interface IEpollSource
{
    /// <param name="side">The descriptor of the source, 0 or 1.</param>
    /// <param name="events">EPOLLIN etc.</param>
    void OnEvents(int side, uint events);

    /// <summary><see cref="OnEvents"/> threw: a bug, which must affect this source only.</summary>
    void Failed(Exception e);
}

/// <summary>
/// The 64 bits of an epoll event: slot, generation and side. Releasing a slot changes its generation, so that an event already
/// fetched for a closed descriptor is ignored even if the descriptor number is reused.
/// <code>  data = generation(32) | slot(31) | side(1)  </code>
/// </summary>
internal sealed class SlotTable
{
    private (IEpollSource? Source, uint Generation)[] _slots = new (IEpollSource?, uint)[256];
    private readonly Stack<int> _free = new();
    private int _used;

    public int Take(IEpollSource source)
    {
        if (!_free.TryPop(out var slot))
        {
            if (_used == _slots.Length)
                Array.Resize(ref _slots, _slots.Length * 2);
            slot = _used++;
        }
        _slots[slot].Source = source;
        return slot;
    }

    public void Give(int slot)
    {
        _slots[slot].Source = null;
        _slots[slot].Generation++;
        _free.Push(slot);
    }

    public ulong Tag(int slot, int side) => ((ulong)_slots[slot].Generation << 32) | ((uint)slot << 1) | (uint)side;

    public IEpollSource? Find(ulong tag, out int side)
    {
        side = (int)(tag & 1);
        var slot = (int)((uint)tag >> 1);
        return slot < _used && _slots[slot].Generation == (uint)(tag >> 32) ? _slots[slot].Source : null;
    }

    public IEnumerable<IEpollSource> Sources
    {
        get
        {
            for (var i = 0; i < _used; i++)
            {
                if (_slots[i].Source is { } source)
                    yield return source;
            }
        }
    }
}
