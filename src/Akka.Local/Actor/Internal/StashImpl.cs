namespace Akka.Actor.Internal;

internal sealed class StashImpl : IStash
{
    private readonly ActorCell _cell;
    private LinkedList<Envelope> _stash = [];

    internal StashImpl(ActorCell cell, bool unbounded)
    {
        _cell = cell;
        var given = cell.Props.Deploy.StashCapacity;
        Capacity = unbounded ? Deploy.NoStashSize : given != Deploy.NoStashSize ? given : MailboxConfig.StashCapacity(cell.System.Settings, cell.Props.Mailbox);
    }

    public int Count => _stash.Count;

    public bool IsEmpty => _stash.Count == 0;

    public bool NonEmpty => _stash.Count != 0;

    public bool IsFull => Capacity >= 0 && _stash.Count >= Capacity;

    public int Capacity { get; }

    public void Stash()
    {
        var message = _cell.CurrentMessage ?? throw new IllegalActorStateException("There is no message to stash.");
        if (_cell.StashedCurrent)
            throw new IllegalActorStateException($"Can't stash the same message {message} more than once");
        if (Capacity > 0 && _stash.Count >= Capacity)
            throw new StashOverflowException($"Couldn't enqueue message {message} from {_cell.Sender} to stash of {_cell.Self}");
        _cell.StashedCurrent = true;
        _stash.AddLast(new Envelope(message, _cell.CurrentSender));
    }

    public void Unstash()
    {
        if (_stash.First is not { } oldest)
            return;
        _stash.RemoveFirst();
        ToMailbox(oldest.Value);
    }

    public void UnstashAll() => UnstashAll(static _ => true);

    public void UnstashAll(Func<Envelope, bool> predicate)
    {
        var stash = _stash;
        _stash = [];
        for (var envelope = stash.Last; envelope is not null; envelope = envelope.Previous)
        {
            if (predicate(envelope.Value))
                ToMailbox(envelope.Value);
        }
    }

    public IEnumerable<Envelope> ClearStash()
    {
        var stash = _stash;
        _stash = [];
        return stash;
    }

    public void Prepend(IEnumerable<Envelope> envelopes)
    {
        foreach (var envelope in envelopes.Distinct().Reverse())
            _stash.AddFirst(envelope);
    }

    private void ToMailbox(Envelope envelope)
    {
        _cell.EnqueueFirst(envelope);
        if (envelope.Message is Terminated terminated)
            _cell.ExpectTerminatedAgain(terminated);
    }
}

internal sealed partial class ActorCell
{
    /// <summary>The message that is being received now was put aside.</summary>
    internal bool StashedCurrent { get; set; }
}
