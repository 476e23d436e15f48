namespace EdgeActors.Transport.Epoll;

/// <summary>A silently dropped client that is held: a descriptor, its place in the order of eviction, and its one deadline.</summary>
internal sealed class QuietSocket : WheelTimer, IEpollSource
{
    private readonly QuietSockets _owner;

    public QuietSocket(QuietSockets owner, int fd)
    {
        _owner = owner;
        Fd = fd;
        Place = new LinkedListNode<QuietSocket>(this);
    }

    public int Fd { get; }

    public LinkedListNode<QuietSocket> Place { get; }

    /// <summary>Where epoll finds it.</summary>
    public int EpollSlot { get; set; }

    /// <summary>Bytes thrown away since the drop.</summary>
    public int Discarded { get; set; }

    public override void OnTimer(long now) => _owner.Release(this);

    public void OnEvents(int side, uint events) => _owner.Learn(this, events);

    public void Failed(Exception e) => _owner.Release(this);
}
