using System.Runtime.InteropServices;

namespace EdgeActors.Transport.Epoll;

/// <summary>A kept link: the keeper has its descriptors, so closing them here ends nothing. Its progress is in a slot.</summary>
internal sealed unsafe partial class EpollLink
{
    /// <summary>0: not kept.</summary>
    private int _keptSlot;

    private KeeperChannel Keeper => _transport.Options.Keeper!;

    public override bool IsKept => Volatile.Read(ref _keptSlot) != 0;

    public override LinkHandover? Describe() => IsJoined && Reason == CloseReason.None
        ? AtRest(_transport.Time.GetTimestamp(), _plan!.Timeouts, new DirectionHandover(), new DirectionHandover(), -1, -1)
        : null;

    public override void Keep(byte[] message, Action<bool> done) => _reactor.Post(new KeepWork(this, message, done), 0);

    private bool KeepHere(byte[] message)
    {
        if (!IsJoined || IsEnded || IsFrozen || IsKept || Reason != CloseReason.None || _transport.Options.Keeper is not { } keeper)
            return true;
        var slot = keeper.Slots.Take(Id);
        if (slot == 0)
            return false;
        _keptSlot = slot;
        var progress = keeper.Slots[slot];
        _up.Keep(&progress->Up, _reactor.Pipes);
        _down.Keep(&progress->Down, _reactor.Pipes);
        NoteProgress(up: true);
        NoteProgress(up: false);
        MemoryMarshal.Write(message, new KeeperHeader(KeeperOp.Put, KeeperItem.Connection, slot, Id));
        if (keeper.TryPut(message, [_client.Fd, _server.Fd]))
            return true;
        Unkeep(isKnown: false);
        return false;
    }

    /// <summary>Continues a kept link of the process before.</summary>
    private void KeepOn(int slot)
    {
        _keptSlot = slot;
        _up.KeepOn(&Keeper.Slots[slot]->Up);
        _down.KeepOn(&Keeper.Slots[slot]->Down);
    }

    /// <param name="isKnown">The keeper has it.</param>
    private void Unkeep(bool isKnown = true)
    {
        if (_keptSlot == 0)
            return;
        _up.Unkeep();
        _down.Unkeep();
        if (isKnown)
            Keeper.Delete(KeeperItem.Connection, Id);
        Keeper.Slots.Give(_keptSlot);
        Volatile.Write(ref _keptSlot, 0);
    }

    private void NoteProgress(bool up)
    {
        var slot = Keeper.Slots[_keptSlot];
        if (up)
            (slot->Up.Bytes, slot->Up.LastAt) = (Counters.BytesUp, Counters.LastUp);
        else
            (slot->Down.Bytes, slot->Down.LastAt) = (Counters.BytesDown, Counters.LastDown);
    }

    /// <summary>What close(2) would do, were this the only descriptor.</summary>
    private void EndKept(ref LinkSide side, bool reset)
    {
        var fd = side.Fd;
        Forget(ref side);
        if (!reset || !Native.Disconnect(fd))
            _ = Native.Shutdown(fd, Native.ShutBoth);
    }

    private sealed class KeepWork(EpollLink link, byte[] message, Action<bool> done) : IReactorWork
    {
        public void Run(int kind) => done(link.KeepHere(message));

        public void Failed(Exception e)
        {
            link.Failed(e);
            done(true);
        }
    }
}
